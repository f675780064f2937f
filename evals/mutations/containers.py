"""Ways to put a file into containers, and to write containers anew."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping

Wrap = Callable[[bytes, str, random.Random], tuple[bytes, str]]


def zipped(members: Mapping[str, bytes], chance: random.Random, stored: bool = False) -> bytes:
    """Return a zip of any of the forms that loaders take."""
    buffer = io.BytesIO()
    target = buffer if chance.random() < 0.7 or stored else _Stream(buffer)
    methods = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]
    with zipfile.ZipFile(target, "w") as file:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980 + chance.randrange(40), 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if stored else chance.choice(methods)
            info.create_system = chance.choice((0, 3))
            info.external_attr = chance.choice((0, 0o644 << 16, 0o755 << 16))
            if chance.random() < 0.3:
                info.extra = struct.pack("<HH", 0x9999, 4) + b"more"
            if chance.random() < 0.2:
                info.comment = b"words"
            file.writestr(info, data)
        if chance.random() < 0.3:
            file.comment = b"a comment" * chance.choice((1, 400))
    data = buffer.getvalue()
    if chance.random() < 0.2:
        data = _local_lies(data)
    return data


class _Stream(io.RawIOBase):
    """A file that cannot seek, so that sizes stand behind the members."""

    def __init__(self, below: io.BytesIO) -> None:
        self.below = below

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self.below.write(data)


def _local_lies(data: bytes) -> bytes:
    """Give local headers another check sum: Python's loader goes by the directory."""
    changed = bytearray(data)
    at = data.find(b"PK\3\4")
    while at >= 0:
        changed[at + 14 : at + 18] = b"\1\2\3\4"
        at = data.find(b"PK\3\4", at + 4)
    return bytes(changed)


def zip_again(data: bytes, chance: random.Random, inner: Callable[[str, bytes], bytes]) -> bytes:
    """Write a zip anew, each member through `inner`, in another order, with more members.

    Raises `ValueError` for what is no zip, or has names twice.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            names = file.namelist()
            if len(set(names)) != len(names) or any(name.endswith("/") for name in names):
                raise ValueError("members that would be lost")
            if any(one.file_size > 200 * (one.compress_size + 1) for one in file.infolist()):
                raise ValueError("a bomb would be none")
            members = {name: file.read(name) for name in names}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise ValueError(str(error)) from error
    torch = any(name.endswith("/data.pkl") for name in names)
    made = {name: inner(name, content) for name, content in members.items()}
    order = list(made)
    if not torch:
        chance.shuffle(order)
        if chance.random() < 0.3:
            made["notes.txt"] = b"words"
            order.append("notes.txt")
    return zipped({name: made[name] for name in order}, chance, stored=torch)


def _tar(data: bytes, name: str, chance: random.Random, mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    form = chance.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as file:  # type: ignore[call-overload]
        for member, content in (("notes.txt", b"words"), (name, data)):
            info = tarfile.TarInfo(chance.choice(("", "./", "a/" * 60)) + member)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _npy(data: bytes) -> bytes:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + data


def _torch(data: bytes, chance: random.Random) -> bytes:
    root = chance.choice(("archive", "model", "m"))
    members = {f"{root}/data.pkl": data, f"{root}/version": b"3\n", f"{root}/data/0": bytes(64)}
    return zipped(members, chance, stored=True)


#: Any file in a container.
WRAPS: dict[str, Wrap] = {
    "zip": lambda data, name, chance: (zipped({f"d/{name}": data}, chance), "m.zip"),
    "zip in zip": lambda data, name, chance: (
        zipped({"a.zip": zipped({name: data}, chance)}, chance),
        "m.zip",
    ),
    "tar": lambda data, name, chance: (_tar(data, name, chance), "m.tar"),
    "tar.gz": lambda data, name, chance: (_tar(data, name, chance, "w:gz"), "m.tar.gz"),
    "gzip": lambda data, name, chance: (gzip.compress(data, mtime=0), f"{name}.gz"),
    "bzip2": lambda data, name, chance: (bz2.compress(data), f"{name}.bz2"),
    "xz": lambda data, name, chance: (lzma.compress(data), f"{name}.xz"),
    "lzma": lambda data, name, chance: (lzma.compress(data, lzma.FORMAT_ALONE), f"{name}.lzma"),
    "gzip in gzip": lambda data, name, chance: (gzip.compress(gzip.compress(data)), f"{name}.gz"),
}
#: A pickle in what loads it.
PICKLE_WRAPS: dict[str, Wrap] = {
    "zlib": lambda data, name, chance: (zlib.compress(data), "m.joblib"),
    "joblib gzip": lambda data, name, chance: (gzip.compress(data), "m.joblib"),
    "torch zip": lambda data, name, chance: (_torch(data, chance), "m.pt"),
    "npy": lambda data, name, chance: (_npy(data), "m.npy"),
    "npz": lambda data, name, chance: (zipped({"arr_0.npy": _npy(data)}, chance), "m.npz"),
    "base64": lambda data, name, chance: (
        chance.choice((base64.b64encode, base64.encodebytes))(data),
        f"{name}.b64",
    ),
    "bytes in a pickle": lambda data, name, chance: (_handed_on(data), "m.pkl"),
    "other name": lambda data, name, chance: (
        data,
        chance.choice(("m.bin", "m.txt", "m", "m.safetensors", "m.json", "m.png", "m.ckpt")),
    ),
}


def _handed_on(data: bytes) -> bytes:
    body = b"B" + struct.pack("<I", len(data)) + data
    return b"\x80\x04cpickle\nloads\n" + body + b"\x85R."
