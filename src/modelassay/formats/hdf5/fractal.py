"""Fractal heaps: links and attributes of objects that have many (specification, III.G)."""

from __future__ import annotations

from typing import Final

from modelassay.formats.hdf5 import btree
from modelassay.formats.hdf5.file import File, FormatError

_MANAGED, _HUGE, _TINY = 0, 1, 2
_DEEPEST: Final = 64
_LONGEST_TINY: Final = 18  # of an id; a longer one has a length of 12 bits


class FractalHeap:
    """A heap whose objects are asked for by the ids that a tree holds."""

    def __init__(self, file: File, address: int) -> None:
        self._file = file
        self._at = file.base + address
        size = 22 + 12 * file.length_size + 3 * file.offset_size
        head = file.signed(address, b"FRHP", size)
        head.skip(1)
        self.id_size = head.u16()
        filters = head.u16()
        head.skip(1)
        most = head.u32()
        head.length()
        self._huge_tree = head.address()
        head.length()
        head.address()
        head.skip(8 * file.length_size)
        self._width = head.u16()
        self._start, self._largest = head.length(), head.length()
        bits = head.u16()
        head.skip(2)
        self._root = head.address()
        self._rows = head.u16()
        self._huge: dict[int, tuple[int, int]] | None = None
        if filters:
            raise FormatError("the heap is compressed", self._at, "hdf5-compressed-heap")
        powers = (self._width, self._start, self._largest)
        if any(value < 1 or value & (value - 1) for value in powers):
            raise FormatError("the table of a heap makes no sense", self._at)
        self._offset_width = (bits + 7) // 8
        length_width = ((self._largest.bit_length() - 1) + 7) // 8
        self._length_width = min(length_width, max(most.bit_length() + 7, 8) // 8)

    def get(self, id: bytes) -> tuple[bytes, int]:
        """Return the bytes of an object and their offset. Raises `ReadError`, `FormatError`."""
        kind = id[0] >> 4 & 3 if id else 3
        if kind == _TINY:
            extended = len(id) > _LONGEST_TINY - 1
            size = (id[0] & 15) << 8 | id[1] if extended and len(id) > 1 else id[0] & 15
            start = 2 if extended else 1
            return id[start : start + size + 1], self._at
        if kind == _HUGE:
            address, size = self._find_huge(id)
        elif kind == _MANAGED:
            address, size = self._find_managed(id)
        else:
            raise FormatError("the id of a heap object makes no sense", self._at)
        fields = self._file.fields(address, size)
        return fields.read(size), fields.position - size

    def _find_huge(self, id: bytes) -> tuple[int, int]:
        file = self._file
        width = file.offset_size
        if width + file.length_size <= self.id_size - 1:
            body = id[1:]
            address = int.from_bytes(body[:width], "little")
            return address, int.from_bytes(body[width : width + file.length_size], "little")
        if self._huge is None:
            self._huge = self._read_huge()
        key = int.from_bytes(id[1 : 1 + min(file.length_size, self.id_size - 1)], "little")
        if key not in self._huge:
            raise FormatError(f"the heap has no large object {key}", self._at)
        return self._huge[key]

    def _read_huge(self) -> dict[int, tuple[int, int]]:
        found: dict[int, tuple[int, int]] = {}
        if self._huge_tree is None:
            return found
        for kind, record in btree.records(self._file, self._huge_tree):
            address, length = record.address(), record.length()
            if kind == 1 and address is not None:
                found[record.length()] = (address, length)
        return found

    def _find_managed(self, id: bytes) -> tuple[int, int]:
        """Find the block that holds an offset of the heap, from the root down."""
        width = self._offset_width
        offset = int.from_bytes(id[1 : 1 + width], "little")
        size = int.from_bytes(id[1 + width : 1 + width + self._length_width], "little")
        block, rows, base = self._root, self._rows, 0
        for _ in range(_DEEPEST):
            if block is None:
                break
            if rows == 0:
                return block + offset - base, size
            row, column, before = self._row(offset - base)
            if row >= rows:
                break
            base += before
            block = self._child(block, rows, row, column)
            rows = self._rows_below(row)
        raise FormatError("a heap object lies in no block", self._at, "hdf5-bounds")

    def _row(self, offset: int) -> tuple[int, int, int]:
        """Return row and column of the block at `offset`, and where that block begins."""
        first = self._start * self._width
        row = (offset // first).bit_length()
        size = self._block_size(row)
        start = 0 if row == 0 else first << (row - 1)
        column = (offset - start) // size
        return row, column, start + column * size

    def _block_size(self, row: int) -> int:
        return self._start << max(row - 1, 0)

    def _rows_below(self, row: int) -> int:
        """Return how many rows a block in `row` has, 0 where it holds objects."""
        size = self._block_size(row)
        return 0 if size <= self._largest else (size // (self._start * self._width)).bit_length()

    def _child(self, block: int, rows: int, row: int, column: int) -> int | None:
        file = self._file
        prefix = 5 + file.offset_size + self._offset_width
        entry = row * self._width + column
        length = prefix + (entry + 1) * file.offset_size
        fields = file.signed(block, b"FHIB", length)
        fields.skip(length - 4 - file.offset_size)
        return fields.address()
