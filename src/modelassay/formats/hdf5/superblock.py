"""The superblock: where the metadata begins, and how wide its numbers are (specification, II.A)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.formats.hdf5.file import Fields, File, FormatError
from modelassay.io.blob import Blob

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_LONGEST: Final = 256
_SYMBOLIC_LINK: Final = 2


class Superblock(msgspec.Struct):
    """What the superblock says: addresses of the root group, the extension, the file's end."""

    version: int
    root: int | None
    extension: int | None = None
    end: int | None = None
    base: int | None = None


def places(size: int) -> Iterator[int]:
    """Yield the offsets at which a superblock may stand in a file of `size` bytes."""
    place = 0
    while place + len(SIGNATURE) <= size:
        yield place
        place = max(512, place * 2)


def find(blob: Blob) -> int | None:
    """Return the offset of the superblock, `None` if there is none."""
    for place in places(blob.size):
        if blob.read_at(place, len(SIGNATURE)) == SIGNATURE:
            return place
    return None


def read(file: File) -> Superblock:
    """Read the superblock at the file's base. Raises `ReadError` and `FormatError`."""
    block = file.upto(0, _LONGEST)
    block.skip(len(SIGNATURE))
    version = block.u8()
    if version <= 1:
        return _read_old(block, file, version)
    if version > 3:
        raise FormatError(f"there is no superblock version {version}", file.base)
    _widths(block, file)
    block.skip(1)
    base, extension = block.address(), block.address()
    end, root = block.address(), block.address()
    return Superblock(version, root, extension, end, base)


def _read_old(block: Fields, file: File, version: int) -> Superblock:
    block.skip(4)
    _widths(block, file)
    block.skip(1 + 4 + 4 + (4 if version == 1 else 0))
    base = block.address()
    block.address()
    end = block.address()
    block.address()
    block.length()
    return Superblock(version, block.address(), None, end, base)


def _widths(block: Fields, file: File) -> None:
    """Take the widths of addresses and lengths; libhdf5 knows those from 2 to 32 bytes."""
    widths = block.u8(), block.u8()
    if not all(width in (2, 4, 8, 16, 32) for width in widths):
        raise FormatError(f"addresses and lengths of {widths} bytes", block.position)
    file.offset_size, file.length_size = widths
