"""Flatbuffers: tables read by their fields, every offset held against the bytes there are.

Source: https://flatbuffers.dev/internals/. What lies outside of the file is noted and read as if it
were not there. Offsets only lead forward, so nothing that is followed comes back to where it was.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.io.blob import Blob

_PAGE: Final = 1 << 12
_MOST_PAGES: Final = 1 << 10
_MOST_FAULTS: Final = 20


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a buffer, and where."""

    message: str
    offset: int


class Vector(msgspec.Struct, frozen=True):
    """Where the items of a vector start, how many they are, and the bytes each takes."""

    start: int
    count: int
    width: int

    @property
    def size(self) -> int:
        """The bytes all items take."""
        return self.count * self.width


class Flatbuffer:
    """A blob that holds tables, and the faults met while reading them.

    `reach` is where the last of what was read ends: nothing else tells how long a buffer is.
    """

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self.faults: list[Fault] = []
        self.reach = 8
        self._pages: OrderedDict[int, bytes] = OrderedDict()

    def root(self) -> Table | None:
        """Return the table that the first bytes lead to."""
        return self.table(0)

    def table(self, position: int) -> Table | None:
        """Return the table that the offset at `position` leads to."""
        start = self.follow(position)
        if start is None:
            return None
        back = self.number(start, "<i")
        layout = start - back if back is not None else -1
        size = self.number(layout, "<H")
        length = self.number(layout + 2, "<H")
        if size is None or length is None or size < 4 or size % 2 or length < 4:
            self.fault(f"the table at {start} has no layout", position)
            return None
        if layout + size > self.blob.size or start + length > self.blob.size:
            self.fault(f"the table at {start} reaches beyond the file", position)
            return None
        self.reach = max(self.reach, layout + size, start + length)
        return Table(self, start, layout, size, length)

    def follow(self, position: int) -> int | None:
        """Return where the offset at `position` leads."""
        offset = self.number(position, "<I")
        if offset is None or not 4 <= offset <= self.blob.size - position:
            self.fault(f"the offset {offset} leads outside of the file", position)
            return None
        return position + offset

    def vector(self, position: int, width: int) -> Vector | None:
        """Return the vector that the offset at `position` leads to."""
        start = self.follow(position)
        count = self.number(start, "<I") if start is not None else None
        if start is None or count is None:
            return None
        if start + 4 + count * width > self.blob.size:
            self.fault(f"a vector of {count} items reaches beyond the file", start)
            return None
        self.reach = max(self.reach, start + 4 + count * width)
        return Vector(start + 4, count, width)

    def text(self, position: int, most: int = 4096) -> str:
        """Return the string that the offset at `position` leads to, empty if there is none."""
        found = self.vector(position, 1)
        if found is None:
            return ""
        data = self.read(found.start, min(found.count, most))
        return data.decode("utf-8", "backslashreplace")

    def number(self, position: int, layout: str) -> int | None:
        """Return the integer at `position`, `None` outside of the file."""
        width = struct.calcsize(layout)
        data = self.read(position, width) if position >= 0 else b""
        if len(data) < width:
            self.fault(f"{width} bytes are wanted beyond the file", max(position, 0))
            return None
        value: int = struct.unpack(layout, data)[0]
        return value

    def read(self, position: int, length: int) -> bytes:
        """Return the bytes at `position`; those that stand close together are read at once."""
        page, index = divmod(position, _PAGE)
        if index + length > _PAGE:
            return self.blob.read_at(position, length)
        data = self._pages.get(page)
        if data is None:
            data = self._pages[page] = self.blob.read_at(page * _PAGE, _PAGE)
            if len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)
        return data[index : index + length]

    def fault(self, message: str, offset: int) -> None:
        """Note what is wrong."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(message, offset))


class Table(msgspec.Struct, frozen=True, eq=False):
    """A table: where it starts, and where its layout tells which field is where."""

    buffer: Flatbuffer
    start: int
    layout: int
    size: int
    length: int

    def at(self, index: int, width: int = 4) -> int | None:
        """Return where field `index` stands, `None` where it is left out."""
        place = 4 + 2 * index
        if place + 2 > self.size:
            return None
        offset = self.buffer.number(self.layout + place, "<H")
        if not offset:
            return None
        if offset + width > self.length:
            self.buffer.fault(f"field {index} is outside of its table", self.start)
            return None
        return self.start + offset

    def number(self, index: int, layout: str = "<i", default: int = 0) -> int:
        """Return an integer field; `layout` as for `struct`."""
        position = self.at(index, struct.calcsize(layout))
        value = None if position is None else self.buffer.number(position, layout)
        return default if value is None else value

    def text(self, index: int, most: int = 4096) -> str:
        """Return a string field, empty where it is left out."""
        position = self.at(index)
        return "" if position is None else self.buffer.text(position, most)

    def table(self, index: int) -> Table | None:
        """Return a field that is a table, `None` where it is left out or broken."""
        position = self.at(index)
        return None if position is None else self.buffer.table(position)

    def vector(self, index: int, width: int) -> Vector | None:
        """Return a field that is a vector, `None` where it is left out or broken."""
        position = self.at(index)
        return None if position is None else self.buffer.vector(position, width)

    def tables(self, index: int) -> Iterator[Table]:
        """Yield the tables of a vector; those that are broken are left out."""
        for position in self._positions(index):
            found = self.buffer.table(position)
            if found is not None:
                yield found

    def texts(self, index: int, most: int = 4096) -> list[str]:
        """Return the strings of a vector."""
        return [self.buffer.text(position, most) for position in self._positions(index)]

    def numbers(self, index: int, layout: str = "<i", most: int = 1 << 16) -> list[int]:
        """Return the integers of a vector, the first `most` of them."""
        found = self.vector(index, struct.calcsize(layout))
        if found is None:
            return []
        count = min(found.count, most)
        data = self.buffer.read(found.start, count * found.width)
        return list(struct.unpack(f"<{len(data) // found.width}{layout[-1]}", data))

    def _positions(self, index: int) -> range:
        found = self.vector(index, 4)
        return range(found.start, found.start + found.size, 4) if found is not None else range(0)
