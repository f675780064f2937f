"""A window over a blob that moves forward: a stream of any size is read in little memory."""

from __future__ import annotations

from typing import Final

from modelassay.io.blob import Blob

#: Zero bytes behind the last window, so that the operands of a cut opcode can be looked at.
_PADDING: Final = 16
_SMALLEST: Final = 1 << 11
_LARGEST: Final = 1 << 20
_GROWTH: Final = 8
#: The longest line operand that is searched for its end. A number or string may be long.
LONGEST_LINE: Final = 1 << 28
_CHUNK: Final = 1 << 16


class Window:
    """`buffer` holds the bytes from `base`; `codes` are those at which an opcode can be run.

    The operands of an opcode that starts in `codes` stand in `buffer`, payloads behind a length and
    lines aside. `cut` tells that a line was not searched to its end.
    """

    def __init__(self, blob: Blob, start: int, longest_line: int = LONGEST_LINE) -> None:
        self.blob = blob
        self.base = start
        self.buffer = b""
        self.codes = b""
        self.cut = False
        self._width = 0
        self._longest_line = longest_line

    def move(self, position: int) -> None:
        """Let the window hold `position` and what follows it.

        It stays where it is while enough of it is ahead, and grows while reading is sequential.
        """
        if self.base <= position < self.base + len(self.codes) * 7 // 8:
            return
        sequential = position - self.base <= len(self.buffer)
        self._width = min(self._width * _GROWTH, _LARGEST) if sequential else 0
        self._width = max(self._width, _SMALLEST)
        data = self.blob.read_at(position, self._width)
        self.base = position
        if position + len(data) >= self.blob.size:
            self.codes = data
            self.buffer = data + bytes(_PADDING)
        else:
            self.codes = data[:-_PADDING]
            self.buffer = data

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at an offset of the blob."""
        index = offset - self.base
        if index >= 0 and index + length <= len(self.codes):
            return self.buffer[index : index + length]
        return self.blob.read_at(offset, length)

    def line(self, offset: int, most: int = 4096) -> tuple[bytes, int | None]:
        """Return the first `most` bytes of the line at `offset`, and where the next line begins.

        `None` stands for the latter if the line does not end.
        """
        index = offset - self.base
        if 0 <= index < len(self.codes):
            found = self.codes.find(b"\n", index)
            if found >= 0:
                return self.codes[index : min(found, index + most)], self.base + found + 1
        position = offset
        end = min(self.blob.size, offset + self._longest_line)
        width = _CHUNK
        while position < end:
            chunk = self.blob.read_at(position, min(width, end - position))
            found = chunk.find(b"\n")
            if found >= 0:
                found += position
                return self.blob.read_at(offset, min(found - offset, most)), found + 1
            position += len(chunk)
            width = min(width * 4, _LARGEST)
        self.cut = end < self.blob.size
        return self.blob.read_at(offset, min(position - offset, most)), None
