"""A window over a blob that moves forward, so that a stream of any size is read in little memory."""

from __future__ import annotations

from typing import Final

from modelassay.io.blob import Blob

#: Zero bytes behind the last window, so that the operands of a cut opcode can be looked at.
_PADDING: Final = 16
_SMALLEST: Final = 1 << 16
_LARGEST: Final = 1 << 20
#: The longest line operand that is searched for its end. A number or string may be long.
_LONGEST_LINE: Final = 1 << 28


class Window:
    """`buffer` holds the bytes from `base`; opcodes that start before `safe` can be run from it."""

    def __init__(self, blob: Blob, start: int) -> None:
        self.blob = blob
        self.base = start
        self.buffer = b""
        self.safe = 0
        self._width = _SMALLEST

    def move(self, position: int) -> None:
        """Let the window start at `position`. It grows while reading is sequential."""
        sequential = position - self.base <= len(self.buffer)
        self._width = min(self._width * 2, _LARGEST) if sequential else _SMALLEST
        data = self.blob.read_at(position, self._width)
        self.base = position
        if position + len(data) >= self.blob.size:
            self.safe = len(data)
            self.buffer = data + bytes(_PADDING)
        else:
            self.safe = len(data) - _PADDING
            self.buffer = data

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at an offset of the blob."""
        index = offset - self.base
        if index >= 0 and index + length <= len(self.buffer) - _PADDING:
            return self.buffer[index : index + length]
        return self.blob.read_at(offset, length)

    def line(self, offset: int) -> tuple[bytes | None, int]:
        """Return the start of the line at `offset`, without its end, and where the next begins.

        Of a long line only the first 4 KiB are returned. `None` if the line does not end.
        """
        start = offset
        index = offset - self.base
        found = self.buffer.find(b"\n", index) if 0 <= index < len(self.buffer) else -1
        if found >= 0:
            return self.buffer[index : min(found, index + 4096)], self.base + found + 1
        while offset < min(self.blob.size, start + _LONGEST_LINE):
            chunk = self.blob.read_at(offset, _LARGEST)
            found = chunk.find(b"\n")
            if found >= 0:
                end = offset + found
                return self.blob.read_at(start, min(end - start, 4096)), end + 1
            offset += len(chunk)
        return None, offset
