"""Reading forward through a header whose size nobody knows, in windows.

A string is skipped where nobody needs it, and a million of them are never kept.
"""

from __future__ import annotations

import struct
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_SIZE: Final = 1 << 20


class LengthError(ReadError):
    """A string claims more bytes than there are."""

    def __init__(self, claimed: int, left: int, offset: int) -> None:
        super().__init__(f"a string claims {claimed} bytes, {left} are left", offset)
        self.claimed = claimed
        self.left = left


class Window:
    """A position in a blob, and the bytes around it.

    `order` is the struct mark of the byte order, `wide` tells whether counts and lengths take 64
    bits or, as in version 1, 32.
    """

    def __init__(self, blob: Blob, budget: Budget, order: str, wide: bool, position: int) -> None:
        self.blob = blob
        self.budget = budget
        self.order = order
        self.wide = wide
        self._base = position
        self._data = b""
        self._at = 0
        self._u32 = struct.Struct(order + "I")
        self._length = struct.Struct(order + ("Q" if wide else "I"))
        self.width = self._length.size
        self.read_u32 = self._u32.unpack_from
        self.read_length = self._length.unpack_from

    @property
    def position(self) -> int:
        """Where the next read starts."""
        return self._base + self._at

    @property
    def left(self) -> int:
        """How many bytes follow."""
        return self.blob.size - self.position

    def take(self, layout: struct.Struct) -> tuple[int, ...]:
        """Return the numbers of a layout. Raises `ReadError`."""
        if self._at + layout.size > len(self._data):
            self._fill(layout.size)
        values = layout.unpack_from(self._data, self._at)
        self._at += layout.size
        return values

    def u32(self) -> int:
        """Return an unsigned 32-bit integer."""
        return self.take(self._u32)[0]

    def length(self) -> int:
        """Return a count or length."""
        return self.take(self._length)[0]

    def view(self, least: int) -> tuple[bytes, int]:
        """Return bytes and a position in them, `least` bytes before their end if there are."""
        if self._at + least > len(self._data):
            self._fill(0)
        return self._data, self._at

    def move(self, at: int) -> None:
        """Go on at a position in the bytes that `view` gave."""
        self._at = at

    def skip(self, size: int) -> None:
        """Move on by `size` bytes. Raises `ReadError`."""
        if not 0 <= size <= self.left:
            raise ReadError(f"{size} bytes wanted, {self.left} left", self.position)
        self._at += size

    def text(self, most: int) -> tuple[bytes, int]:
        """Read a string; return its first `most` bytes and its length."""
        size = self.length()
        start = self.position
        if size > self.left:
            raise LengthError(size, self.left, start)
        kept = min(size, most)
        if self._at + kept > len(self._data):
            self._fill(kept)
        data = self._data[self._at : self._at + kept]
        self._at += size
        return data, size

    def skip_texts(self, count: int) -> int:
        """Move over `count` strings; return the length of the longest."""
        unpack, width = self.read_length, self.width
        longest = size = 0
        while count:
            data, at, end = self._data, self._at, len(self._data) - width
            while count and at <= end:
                (size,) = unpack(data, at)
                at += width + size
                count -= 1
                if size > longest:
                    longest = size
            self._at = at
            if self.left < 0:
                raise LengthError(size, size + self.left, self.position - size)
            if count:
                self._fill(width)
        return longest

    def _fill(self, needed: int) -> None:
        """Read the window anew from the position on."""
        self.budget.tick()
        position = self.position
        self._data = self.blob.read_at(position, max(_SIZE, needed))
        self._base, self._at = position, 0
        if len(self._data) < needed:
            left = max(self.left, 0)
            raise ReadError(f"{needed} bytes wanted, {left} left", position)
