"""Cursor: reads that are checked against what is there."""

from __future__ import annotations

import struct

from modelassay.core.errors import ReadError
from modelassay.io.blob import Blob


class Cursor:
    """A position in a blob. Every read moves it forward or raises `ReadError`."""

    def __init__(self, blob: Blob, position: int = 0, end: int | None = None) -> None:
        self.blob = blob
        self.position = position
        self.end = blob.size if end is None else min(end, blob.size)

    @property
    def left(self) -> int:
        """How many bytes can still be read."""
        return self.end - self.position

    def read(self, length: int) -> bytes:
        """Return exactly `length` bytes. A claimed length is checked before anything is read."""
        if length < 0 or length > self.left:
            raise ReadError(f"{length} bytes wanted, {max(self.left, 0)} left", self.position)
        data = self.blob.read_at(self.position, length)
        self.position += length
        return data

    def skip(self, length: int) -> None:
        """Move on without reading."""
        if length < 0 or length > self.left:
            raise ReadError(f"{length} bytes wanted, {max(self.left, 0)} left", self.position)
        self.position += length

    def unpack(self, layout: str) -> tuple[int, ...]:
        """Return the integers of a `struct` layout."""
        return struct.unpack(layout, self.read(struct.calcsize(layout)))

    def u8(self) -> int:
        """Return an unsigned byte."""
        return self.read(1)[0]

    def u16(self) -> int:
        """Return an unsigned little-endian 16-bit integer."""
        return int.from_bytes(self.read(2), "little")

    def u32(self) -> int:
        """Return an unsigned little-endian 32-bit integer."""
        return int.from_bytes(self.read(4), "little")

    def u64(self) -> int:
        """Return an unsigned little-endian 64-bit integer."""
        return int.from_bytes(self.read(8), "little")
