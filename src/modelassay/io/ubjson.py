"""Universal Binary JSON, as the boosting libraries write it: big-endian, with typed arrays.

Source: https://ubjson.org/ (draft 12). Values come out as those of `io.json`, but for typed arrays
of numbers, which stay packed as an `array`. Nothing is allocated by a claimed length.
"""

from __future__ import annotations

import struct
import sys
from array import array
from typing import Any, Final

from modelassay.core.errors import ReadError
from modelassay.io.json import Json, Pairs

_NUMBERS: Final = {"i": "b", "U": "B", "I": "h", "l": "i", "L": "q", "d": "f", "D": "d"}
_PLAIN: Final[dict[str, Json]] = {"Z": None, "T": True, "F": False}
_INTEGERS: Final = "iUIlL"
_DEEPEST: Final = 200
_MOST_VALUES: Final = 5_000_000
_LONGEST: Final = 4096


class _Open:
    """A container that is not closed yet: `left` values are to come, or all up to its end."""

    def __init__(self, items: list[Json] | Pairs, left: int | None, kind: str | None) -> None:
        self.items = items
        self.left = left
        self.kind = kind


def read_ubjson(data: bytes) -> tuple[Json, int]:
    """Return the value at the start of `data`, and where it ends. Raises `ReadError`."""
    reader = _Reader(data)
    value = reader.value()
    return value, reader.position


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.values = 0

    def value(self) -> Json:
        """Read one value, on a stack of its own."""
        result: list[Json] = []
        opened = [_Open(result, 1, None)]
        while opened:
            top = opened[-1]
            if self._ended(top):
                opened.pop()
                continue
            key = self._text(_LONGEST) if isinstance(top.items, Pairs) else ""
            item = self._next(top.kind or self._marker())
            self.values += 1
            if self.values > _MOST_VALUES:
                raise ReadError(f"there are more than {_MOST_VALUES} values", self.position)
            inner = item.items if isinstance(item, _Open) else item
            if isinstance(top.items, Pairs):
                top.items.append((key, inner))
            else:
                top.items.append(inner)
            if isinstance(item, _Open):
                opened.append(item)
            if len(opened) > _DEEPEST:
                raise ReadError(f"nested more than {_DEEPEST} levels deep", self.position)
        return result[0]

    def _ended(self, top: _Open) -> bool:
        if top.left is not None:
            top.left -= 1
            return top.left < 0
        end = "}" if isinstance(top.items, Pairs) else "]"
        if self.data[self.position : self.position + 1] == end.encode():
            self.position += 1
            return True
        return False

    def _next(self, marker: str) -> Json | _Open:
        if marker in _PLAIN:
            return _PLAIN[marker]
        if marker in _NUMBERS:
            return self._number(marker)
        if marker == "C":
            return self._take(1).decode("latin-1")
        if marker in "SH":
            return self._text(_LONGEST)
        if marker in "[{":
            made: Json | _Open = self._container(marker)
            return made
        raise ReadError(f"there is no marker {marker!r}", self.position)

    def _container(self, marker: str) -> Any:
        kind, count = None, None
        if self.data[self.position : self.position + 1] == b"$":
            self.position += 1
            kind = self._marker()
        if self.data[self.position : self.position + 1] == b"#":
            self.position += 1
            count = self._length()
        if kind is not None and count is None:
            raise ReadError("a typed container has no count", self.position)
        if marker == "[" and kind in _NUMBERS and count is not None:
            return self._packed(kind, count)
        if kind in _PLAIN and count is not None and count > len(self.data):
            raise ReadError(f"{count} values without any bytes", self.position)
        return _Open(Pairs() if marker == "{" else [], count, kind)

    def _packed(self, kind: str, count: int) -> Any:
        code = _NUMBERS[kind]
        values: array[Any] = array(code, self._take(count * struct.calcsize(code)))
        if sys.byteorder == "little":
            values.byteswap()
        return values

    def _number(self, marker: str) -> int | float:
        code = f">{_NUMBERS[marker]}"
        number: int | float = struct.unpack(code, self._take(struct.calcsize(code)))[0]
        return number

    def _length(self) -> int:
        marker = self._marker()
        length = self._number(marker) if marker in _INTEGERS else -1
        if not isinstance(length, int) or length < 0:
            raise ReadError("a length that cannot be", self.position)
        return length

    def _text(self, most: int) -> str:
        return self._take(self._length())[:most].decode("utf-8", "backslashreplace")

    def _marker(self) -> str:
        return self._take(1).decode("latin-1")

    def _take(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self.data):
            raise ReadError(f"{length} bytes wanted", self.position)
        data = self.data[self.position : end]
        self.position = end
        return data
