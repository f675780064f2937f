"""Ways to write a zip that leave what Python's loader takes out of it.

What counts is the central directory (APPNOTE 4.3.12), its last entry of a name, found from the end.
"""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping

_METHODS = (
    *(zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED),
    *(zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA),
)


def zipped(members: Mapping[str, bytes], chance: random.Random, stored: bool = False) -> bytes:
    """Return a zip of any of the forms that loaders take."""
    buffer = io.BytesIO()
    target = buffer if chance.random() < 0.7 or stored else _Stream(buffer)
    with zipfile.ZipFile(target, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that stand twice
        if not stored and chance.random() < 0.15:
            file.writestr(chance.choice(sorted(members)), b"words")  # the last of a name counts
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980 + chance.randrange(40), 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if stored else chance.choice(_METHODS)
            info.create_system = chance.choice((0, 3))
            info.external_attr = chance.choice((0, 0o644 << 16, 0o755 << 16))
            if chance.random() < 0.3:
                info.extra = struct.pack("<HH", 0x9999, 4) + b"more"
            if chance.random() < 0.2:
                info.comment = b"words"
            with file.open(info, "w", force_zip64=chance.random() < 0.2) as member:
                member.write(data)
        if chance.random() < 0.3:
            file.comment = b"a comment" * chance.choice((1, 400))
    data = buffer.getvalue()
    if chance.random() < 0.2:
        data = _local_lies(data, chance)
    if not stored and chance.random() < 0.2:  # offsets are held against where the directory is
        data = chance.choice((b"#!/bin/sh\n", b"MZ" + bytes(200), b"{}\n", b"words " * 2000)) + data
    return data


class _Stream(io.RawIOBase):
    """A file that cannot seek, so that sizes stand behind the members."""

    def __init__(self, below: io.BytesIO) -> None:
        self.below = below

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self.below.write(data)


def _local_lies(data: bytes, chance: random.Random) -> bytes:
    """Give local headers another version, method, time, check sum or sizes.

    Python's loader goes by the directory, but for the name and the lengths of the header.
    """
    changed = bytearray(data)
    first, last = chance.choice(((4, 6), (8, 10), (10, 14), (14, 18), (18, 26)))
    at = data.find(b"PK\3\4")
    while at >= 0:
        changed[at + first : at + last] = chance.randbytes(last - first)
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
