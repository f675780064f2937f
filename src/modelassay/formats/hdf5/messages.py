"""Messages that describe a dataset: dataspace, layout, filters, files (specification, IV.A.2)."""

from __future__ import annotations

from typing import Final

import msgspec

from modelassay.formats.hdf5.file import Fields, FormatError

COMPACT, CONTIGUOUS, CHUNKED, VIRTUAL = range(4)
SINGLE, IMPLICIT, FIXED_ARRAY, EXTENSIBLE_ARRAY, TREE_2 = range(1, 6)
_MOST_DIMENSIONS: Final = 33
_NULL: Final = 2


class Dataspace(msgspec.Struct):
    """The shape of a dataset or attribute; `null` where it has no elements at all."""

    shape: tuple[int, ...]
    null: bool = False

    @property
    def count(self) -> int:
        """How many elements it has."""
        count = 0 if self.null else 1
        for length in self.shape:
            count *= length
        return count


class Layout(msgspec.Struct):
    """Where the elements stand: `type` is one of COMPACT, CONTIGUOUS, CHUNKED, VIRTUAL.

    `address` is that of the elements or of the index of chunks; `size` their bytes where stated.
    `chunk` is the shape of a chunk in elements; `index` tells the kind of index, 0 a version 1
    tree. `record` is the index of the global heap object of a virtual dataset.
    """

    type: int
    address: int | None = None
    size: int | None = None
    chunk: tuple[int, ...] = ()
    index: int = 0
    record: int = 0


class Filter(msgspec.Struct, frozen=True):
    """A step of the pipeline a chunk goes through: its registered number, name and settings."""

    id: int
    name: str
    settings: tuple[int, ...] = ()


class ExternalFile(msgspec.Struct, frozen=True):
    """A piece of raw storage outside; `name` is an offset in the local heap."""

    name: int
    offset: int
    size: int


def read_dataspace(block: Fields) -> Dataspace:
    """Read a dataspace message."""
    version, rank = block.u8(), block.u8()
    block.skip(1)
    if version == 1:
        block.skip(5)
        null = False
    elif version == 2:
        null = block.u8() == _NULL
    else:
        raise FormatError(f"there is no dataspace of version {version}", block.position)
    if rank >= _MOST_DIMENSIONS:
        raise FormatError(f"a dataspace of {rank} dimensions", block.position)
    return Dataspace(tuple(block.length() for _ in range(rank)), null)


def read_layout(block: Fields) -> Layout:
    """Read a data layout message of any version."""
    version = block.u8()
    if version in (1, 2):
        return _read_layout_1(block)
    if version not in (3, 4, 5):
        raise FormatError(f"there is no data layout of version {version}", block.position)
    kind = block.u8()
    if kind == COMPACT:
        size = block.u16()
        return Layout(kind, block.position - block.file.base, size)
    if kind == CONTIGUOUS:
        return Layout(kind, block.address(), block.length())
    if kind == VIRTUAL and version >= 4:
        return Layout(kind, block.address(), record=block.u32())
    if kind != CHUNKED:
        raise FormatError(f"there is no data layout of class {kind}", block.position)
    if version == 3:
        rank = block.u8()
        address = block.address()
        return Layout(kind, address, chunk=_chunk(block, rank, 4))
    return _read_chunked_4(block)


def _read_layout_1(block: Fields) -> Layout:
    rank, kind = block.u8(), block.u8()
    block.skip(5)
    address = block.address() if kind != COMPACT else None
    shape = _chunk(block, rank, 4, keep=kind != CHUNKED)
    if kind == CHUNKED:
        return Layout(kind, address, chunk=shape)
    if kind == COMPACT:
        size = block.u32()
        return Layout(kind, block.position - block.file.base, size)
    return Layout(kind, address)


def _read_chunked_4(block: Fields) -> Layout:
    flags, rank, width = block.u8(), block.u8(), block.u8()
    shape = _chunk(block, rank, width)
    index = block.u8()
    size = None
    if index == SINGLE and flags & 2:
        size = block.length()
        block.skip(4)
    elif index == FIXED_ARRAY:
        block.skip(1)
    elif index == EXTENSIBLE_ARRAY:
        block.skip(5)
    elif index == TREE_2:
        block.skip(6)
    elif index not in (SINGLE, IMPLICIT):
        raise FormatError(f"there is no index of chunks of type {index}", block.position)
    return Layout(CHUNKED, block.address(), size, shape, index)


def _chunk(block: Fields, rank: int, width: int, keep: bool = False) -> tuple[int, ...]:
    """Return the shape of a chunk without the size of an element, which stands last."""
    if rank > _MOST_DIMENSIONS or width > 8:
        raise FormatError(f"chunks of {rank} dimensions", block.position)
    shape = tuple(block.uint(width) for _ in range(rank))
    return shape if keep else shape[:-1]


def read_filters(block: Fields) -> list[Filter]:
    """Read a filter pipeline message."""
    version, count = block.u8(), block.u8()
    block.skip(6 if version == 1 else 0)
    if version not in (1, 2):
        raise FormatError(f"there is no filter pipeline of version {version}", block.position)
    found: list[Filter] = []
    for _ in range(count):
        number = block.u16()
        named = version == 1 or number >= 256
        length = block.u16() if named else 0
        block.skip(2)
        values = block.u16()
        raw = block.read((length + 7) // 8 * 8 if version == 1 else length)
        settings = block.unpack(f"<{values}I")
        if version == 1 and values % 2:
            block.skip(min(4, block.left))
        found.append(Filter(number, raw.partition(b"\0")[0].decode("utf-8", "replace"), settings))
    return found


def read_external_files(block: Fields) -> tuple[int | None, list[ExternalFile]]:
    """Read an external data files message; return the address of the heap of names, and slots."""
    block.skip(4)
    block.u16()
    used = block.u16()
    heap = block.address()
    slots = [ExternalFile(block.length(), block.length(), block.length()) for _ in range(used)]
    return heap, slots
