"""Ways to put a file into containers, and to write tars anew."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zlib
from collections.abc import Callable, Mapping

from backports import zstd

from evals.mutations.zips import zipped

Wrap = Callable[[bytes, str, random.Random], tuple[bytes, str]]


def tarred(members: Mapping[str, bytes], chance: random.Random, mode: str = "w") -> bytes:
    """Return a tar of any of its forms."""
    buffer = io.BytesIO()
    form = chance.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as file:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = chance.choice((0, 1 << 30))
            info.type = chance.choice((tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE))
            if len(name) > tarfile.LENGTH_NAME:  # cut, it may end in the slash of a folder
                info.type = tarfile.REGTYPE
            if form == tarfile.PAX_FORMAT and chance.random() < 0.5:
                info.name, info.pax_headers = "words", {"path": name, "comment": "words"}
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def tar_again(data: bytes, chance: random.Random, inner: Callable[[str, bytes], bytes]) -> bytes:
    """Write a tar anew, each member through `inner`, in another form and order, perhaps compressed.

    Raises `ValueError` for what is no tar, or holds more than files.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as file:
            found = file.getmembers()
            members = {one.name: file.extractfile(one) for one in found}
            if len(members) != len(found) or not found:
                raise ValueError("members that would be lost")
            made = {}
            for name, content in members.items():
                if content is None:
                    raise ValueError("members that are no files")
                made[name] = inner(name, content.read())
    except (tarfile.TarError, OSError, EOFError, KeyError) as error:
        raise ValueError(str(error)) from error
    order = list(made)
    chance.shuffle(order)
    return tarred({name: made[name] for name in order}, chance, chance.choice(("w", "w", "w:gz")))


def _tar(data: bytes, name: str, chance: random.Random, mode: str = "w") -> bytes:
    where = chance.choice(("", "./", "a/" * 60))
    return tarred({f"{where}notes.txt": b"words", f"{where}{name}": data}, chance, mode)


def _parts(data: bytes, chance: random.Random) -> tuple[bytes, bytes]:
    cut = chance.randrange(len(data) + 1)
    return data[:cut], data[cut:]


def _members(data: bytes, chance: random.Random) -> bytes:
    """Return several members of gzip, with headers as RFC 1952 allows."""
    first, second = (gzip.compress(part, chance.choice((0, 1, 9))) for part in _parts(data, chance))
    head = b"\x1f\x8b\x08" + bytes([0x1C]) + first[4:10] + b"\3\0abc" + b"words\0" + b"more\0"
    return head + first[10:] + second + bytes(chance.choice((0, 0, 512)))


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
    "gzip members": lambda data, name, chance: (_members(data, chance), f"{name}.gz"),
    "bzip2 streams": lambda data, name, chance: (
        b"".join(map(bz2.compress, _parts(data, chance))),
        f"{name}.bz2",
    ),
    "xz streams": lambda data, name, chance: (
        bytes(4 * chance.randrange(3)).join(map(lzma.compress, _parts(data, chance))),
        f"{name}.xz",
    ),
    "zstd": lambda data, name, chance: (
        b"\x50\x2a\x4d\x18\4\0\0\0skip".join(map(zstd.compress, _parts(data, chance))),
        f"{name}.zst",
    ),
    "gzip in gzip": lambda data, name, chance: (gzip.compress(gzip.compress(data)), f"{name}.gz"),
}
#: A pickle in what loads it.
PICKLE_WRAPS: dict[str, Wrap] = {
    "zlib": lambda data, name, chance: (
        zlib.compress(data, chance.choice((0, 1, 9))),
        "m.joblib",
    ),
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
