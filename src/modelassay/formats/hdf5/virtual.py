"""Virtual datasets: the files and datasets that stand for their elements (specification, III.F)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.formats.hdf5.file import Fields, FormatError

_NONE, _POINTS, _HYPERSLAB, _ALL = range(4)
_REGULAR: Final = 1


class Mapping(msgspec.Struct, frozen=True):
    """One source: the file, `.` for this one, and the path of the dataset in it."""

    file: str
    dataset: str
    at: int


def read_mappings(block: Fields) -> Iterator[Mapping]:
    """Yield the sources of a virtual dataset."""
    version = block.u8()
    count = block.length()
    if version > 1:
        raise FormatError(f"there is no virtual dataset of version {version}", block.position)
    files: list[str] = []
    for _ in range(count):
        if block.left <= 4:
            return
        block.file.work(1)
        at = block.position
        flags = block.u8() if version == 1 else 0
        file = _name(block, flags, 1, files)
        dataset = _name(block, flags, 2, [])
        files.append(file)
        yield Mapping(file, dataset, at)
        _skip_selection(block)
        _skip_selection(block)


def _name(block: Fields, flags: int, shared: int, before: list[str]) -> str:
    """Return a name, which in version 1 may be that of an earlier entry, or `.` by a flag."""
    if flags & 4 and shared == 1:
        return "."
    if flags & shared:
        index = block.length()
        return before[index] if index < len(before) else ""
    return block.text()


def _skip_selection(block: Fields) -> None:
    kind, version = block.u32(), block.u32()
    if kind in (_NONE, _ALL):
        block.skip(8)
    elif kind == _HYPERSLAB:
        _skip_hyperslab(block, version)
    elif kind == _POINTS:
        _skip_points(block, version)
    else:
        raise FormatError(f"there is no selection of type {kind}", block.position)


def _skip_hyperslab(block: Fields, version: int) -> None:
    if version == 1:
        block.skip(8)
        rank, count = block.u32(), block.u32()
        block.skip(8 * rank * count)
        return
    flags = block.u8()
    width = 8
    if version == 2:
        block.skip(4)
    elif version == 3:
        width = block.u8()
    else:
        raise FormatError(f"there is no selection of version {version}", block.position)
    rank = block.u32()
    if flags & _REGULAR:
        block.skip(4 * rank * width)
    else:
        block.skip(2 * rank * width * block.uint(width))


def _skip_points(block: Fields, version: int) -> None:
    width = 4
    if version == 1:
        block.skip(8)
    else:
        width = block.u8()
    rank = block.u32()
    block.skip(rank * block.uint(width) * width)
