"""The protobuf wire format: the fields of messages in a blob, checked, without a schema.

Source: https://protobuf.dev/programming-guides/encoding/. Payloads are told by where they stand and
are read only when asked for, so that gigabytes of weights cost nothing. As in every loader, a field
that is unknown, or of another wire type than its schema says, is for the caller to pass over.
"""

from __future__ import annotations

from array import array
from collections.abc import Generator
from sys import byteorder
from typing import Final, TypeAlias

import msgspec

from modelassay.io.blob import Blob, Memory

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
_GROUP: Final = 3
_END_GROUP: Final = 4

_LONGEST: Final = 20  # a tag and a number, both as long as can be
_SHORT: Final = 256  # what a short message takes
_FIRST_WINDOW: Final = 1 << 11
_LARGEST_WINDOW: Final = 1 << 18
_MOST_FAULTS: Final = 20
_MOST_TRIED: Final = 100_000
_MOST_GROUPS: Final = 100
_MASK: Final = (1 << 64) - 1
_CUT: Final = -8  # what stands for a varint that is none; as a tag it has no field number
_LONG: Final = -16


class Field(msgspec.Struct, frozen=True, gc=False):
    """A field. `value` is its number, or where its bytes start; `size` how many bytes it has."""

    number: int
    wire: int
    value: int
    size: int
    at: int

    @property
    def end(self) -> int:
        """Where the bytes end."""
        return self.value + self.size

    @property
    def signed(self) -> int:
        """The number as an int64."""
        return self.value - (1 << 64) if self.value >> 63 else self.value


Fields: TypeAlias = Generator[Field, int | None, None]


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a message, and where; `cut` if more bytes could put it right."""

    message: str
    offset: int
    cut: bool = False


class Wire:
    """A blob that holds messages, and the faults met while reading them."""

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self.faults: list[Fault] = []
        self._data = b""
        self._start = 0
        self._width = _FIRST_WINDOW

    def fields(self, start: int = 0, end: int | None = None) -> Fields:
        """Yield the fields of the message from `start` to `end`; go on at a position that is sent.

        A message that is broken ends where it is: what is wrong joins `faults`. Bytes that reach
        beyond their message are cut at its end. Groups are passed over.
        """
        position = start
        end = self.blob.size if end is None else min(end, self.blob.size)
        groups = 0
        while position < end:
            index = position - self._start
            if not 0 <= index <= len(self._data) - _LONGEST:
                self._fill(position)
                index = 0
            data = self._data
            tag, index = (data[index], index + 1) if data[index] < 128 else varint(data, index)
            number, wire = tag >> 3, tag & 7
            if not 0 < number < 1 << 29 or wire > FIXED32:
                self._fault(f"{_why(tag)} where a field should start", position, tag == _CUT)
                return
            value, size = 0, 0
            if wire in (BYTES, VARINT):
                if index < len(data) and data[index] < 128:
                    value, index = data[index], index + 1
                else:
                    value, index = varint(data, index)
                if value < 0:
                    self._fault(f"{_why(value)} in field {number}", position, value == _CUT)
                    return
            elif wire in (FIXED64, FIXED32):
                size = 8 if wire == FIXED64 else 4
                value = int.from_bytes(data[index : index + size], "little")
                index += size
            after = self._start + index
            if wire == BYTES:
                value, size = after, value
                after += size
            if after > end:
                beyond = f"field {number} ends {after - end} bytes beyond its message"
                self._fault(beyond, position, cut=True)
                if wire == BYTES and not groups and value <= end:
                    yield Field(number, wire, value, end - value, position)
                return
            if wire in (_GROUP, _END_GROUP):
                groups += 1 if wire == _GROUP else -1
                if not 0 <= groups <= _MOST_GROUPS:
                    self._fault("groups are not closed as they are opened", position)
                    return
            elif not groups:
                after = (yield Field(number, wire, value, size, position)) or after
            position = after
        if groups:
            self._fault("a group is not closed", end)

    def inside(self, field: Field) -> Fields:
        """Yield the fields of the message that `field` is."""
        return self.fields(field.value, field.end)

    def window(self, position: int) -> tuple[bytes, int]:
        """Return bytes, and where in them those at `position` stand, with some behind them."""
        index = position - self._start
        if not 0 <= index <= len(self._data) - _SHORT:
            self._fill(position)
            index = 0
        return self._data, index

    def bytes(self, field: Field, most: int = 1 << 16) -> bytes:
        """Return the first `most` bytes of `field`."""
        length = min(field.size, most)
        index = field.value - self._start
        if 0 <= index <= len(self._data) - length:
            return self._data[index : index + length]
        return self.blob.read_at(field.value, length)

    def text(self, field: Field, most: int = 4096) -> str:
        """Return `bytes` as text; what is no UTF-8 is kept as escapes."""
        return self.bytes(field, most).decode("utf-8", "backslashreplace")

    def integers(self, field: Field, most: int = 1 << 16) -> list[int]:
        """Return the int64 values of a field, packed or not, the first `most` bytes of it."""
        if field.wire != BYTES:
            return [field.signed]
        data, index, values = self.bytes(field, most), 0, []
        while index < len(data):
            value, index = varint(data, index)
            if value < 0:
                if field.size <= most:
                    self._fault(f"{_why(value)} in field {field.number}", field.at)
                break
            values.append(value - (1 << 64) if value >> 63 else value)
        return values

    def floats(self, field: Field, most: int = 1 << 16) -> list[float]:
        """Return the float values of a field, packed or not, the first `most` bytes of it."""
        data = field.value.to_bytes(4, "little") if field.wire == FIXED32 else b""
        values = array("f", data or self.bytes(field, most & ~3)[: field.size & ~3])
        if byteorder == "big":
            values.byteswap()
        return values.tolist()

    def _fill(self, position: int) -> None:
        """Read on: little after a leap, more and more where fields follow each other closely."""
        followed = self._start <= position <= self._start + len(self._data) + self._width
        self._width = min(self._width * 4, _LARGEST_WINDOW) if followed else _FIRST_WINDOW
        self._data = self.blob.read_at(position, self._width)
        self._start = position

    def _fault(self, message: str, offset: int, cut: bool = False) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(message, offset, cut))


class Trial(Wire):
    """A look at messages that ends after so many fields, whatever the bytes hold."""

    def __init__(self, blob: Blob, most: int = _MOST_TRIED) -> None:
        super().__init__(blob)
        self.left = most

    def fields(self, start: int = 0, end: int | None = None) -> Fields:
        """See `Wire.fields`."""
        for field in super().fields(start, end):
            if self.left <= 0:
                return
            self.left -= 1
            yield field


def starts_message(head: bytes) -> bool:
    """Whether all of `head` is fields of a message, but for a last one that is cut."""
    if not head or head[0] & 7 not in (VARINT, FIXED64, BYTES, FIXED32) or head[0] < 8:
        return False
    wire = Wire(Memory(head))
    for _ in wire.fields():
        pass
    return all(fault.cut for fault in wire.faults)


def varint(data: bytes, index: int) -> tuple[int, int]:
    """Return a varint and where it ends; `_CUT` if it is cut short, `_LONG` past 10 bytes."""
    value = shift = 0
    for position in range(index, index + 10):
        if position >= len(data):
            return _CUT, position
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _MASK, position + 1
        shift += 7
    return _LONG, index + 10


def _why(value: int) -> str:
    if value >= 0:
        return f"field {value >> 3} of type {value & 7}"
    return "a varint of more than 10 bytes" if value == _LONG else "a varint that is cut short"
