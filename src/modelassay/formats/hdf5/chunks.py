"""Chunks of a dataset: how many bytes they take, and whether they lie in the file (IV.A.2.i, VII).

The index of type 4, an extensible array, is not walked: its header says how much it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

from modelassay.formats.hdf5 import btree
from modelassay.formats.hdf5 import messages as m
from modelassay.formats.hdf5.file import File

_FILTERED: Final = (1, 11)
_PAGED: Final = 1


def stored(file: File, layout: m.Layout, width: int, filtered: bool, path: str) -> int | None:
    """Return the bytes all chunks take, `None` where that cannot be told.

    `width` is the size of an element. Raises `ReadError` and `FormatError`.
    """
    if layout.address is None:
        return 0
    if layout.index in (m.IMPLICIT, m.EXTENSIBLE_ARRAY):
        return None
    total = 0
    seen: set[int] = set()
    for address, size in extents(file, layout, prod(layout.chunk) * width, filtered):
        if not file.inside(address, size):
            message = f"a chunk of {size} bytes lies outside the file"
            file.note("hdf5-bounds", message, file.base + address, path, size)
        elif address in seen:
            message = "two chunks stand at the same place"
            file.note("hdf5-overlap", message, file.base + address, path)
        else:
            seen.add(address)
            total += size
    return total


def extents(file: File, layout: m.Layout, size: int, filtered: bool) -> Iterator[tuple[int, int]]:
    """Yield the address and stored size of every chunk; `size` is that of one unfiltered."""
    assert layout.address is not None
    if layout.index == m.SINGLE:
        yield layout.address, size if layout.size is None else layout.size
    elif layout.index == m.FIXED_ARRAY:
        yield from _fixed_array(file, layout.address, size)
    elif layout.index == m.TREE_2:
        for kind, record in btree.records(file, layout.address):
            address = record.address()
            width = record.left - 4 - 8 * len(layout.chunk)
            if address is not None:
                yield address, record.uint(width) if kind == _FILTERED[1] and width > 0 else size
    else:
        for key in btree.chunk_keys(file, layout.address, len(layout.chunk) + 1):
            yield key.address, key.size if filtered else size


def _fixed_array(file: File, address: int, size: int) -> Iterator[tuple[int, int]]:
    head = file.signed(address, b"FAHD", 8 + file.length_size + file.offset_size)
    _, filtered, width, bits = head.unpack("<BBBB")
    count, data = head.length(), head.address()
    if data is None:
        return
    file.work(min(count, file.blob.size))
    page = 1 << min(bits, 63)
    prefix = 6 + file.offset_size
    block = file.signed(data, b"FADB", prefix)
    position = data + prefix
    if count > page:
        # Each page ends with a checksum; a bitmap in front tells which are in use.
        pages = -(-count // page)
        position += (pages + 7) // 8 + 4
    for first in range(0, count, page):
        inside = min(page, count - first)
        block = file.fields(position, inside * width)
        position += inside * width + 4
        for _ in range(inside):
            element = block.sub(width)
            chunk = element.address()
            if chunk is not None and chunk:
                yield chunk, element.uint(max(element.left - 4, 0)) if filtered == _PAGED else size
