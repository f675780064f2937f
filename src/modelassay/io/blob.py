"""Blob: bounded random access to bytes, wherever they live.

Reads go by `pread`, never through a memory map: a file cut short while mapped kills the process,
a short read is an error with an offset.
"""

from __future__ import annotations

import os
import stat
import threading
import weakref
from abc import ABC, abstractmethod
from typing import IO, NamedTuple

from modelassay.core.errors import ReadError, SourceError

_SMALL = 1 << 16


class Blob(ABC):
    """`size` bytes that can be read at any offset.

    `expansion` is how many bytes of it came of one byte of the file, through all compression.
    """

    size: int
    expansion: float = 1.0
    handed_on = 0  # how many bytes of it parts had that were read as artifacts

    @abstractmethod
    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`, fewer only at the end of the blob.

        Raises `ReadError` if bytes inside `size` cannot be read.
        """

    def sub(self, offset: int, length: int | None = None) -> Blob:
        """Return the part from `offset`, `length` bytes of it or up to the end."""
        offset = min(max(offset, 0), self.size)
        rest = self.size - offset
        return Slice(self, offset, rest if length is None else min(max(length, 0), rest))

    def head(self, length: int) -> bytes:
        """Return the first `length` bytes, or all there are."""
        return self.read_at(0, length)

    def descriptor(self) -> int | None:
        """Return that of a file which holds these bytes and nothing else, `None` for no such."""
        return None


class Memory(Blob):
    """Bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Blob.read_at`."""
        start = offset if offset > 0 else 0  # `max` takes longer than the rest, and this is hot
        return self.data[start : start + length] if length > 0 else b""


def held(blob: Blob, most: int = _SMALL) -> Blob:
    """Return `blob`, its bytes in memory if they are at most `most`. Raises `ReadError`."""
    return blob if blob.size > most else Memory(blob.head(blob.size))


class Slice(Blob):
    """A part of another blob. A slice of a slice looks straight at the blob below."""

    def __init__(self, base: Blob, offset: int, size: int) -> None:
        below = base if isinstance(base, Slice) else None
        self.base: Blob = below.base if below else base
        self.offset: int = below.offset + offset if below else offset
        self.size = size
        self.expansion = base.expansion

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Blob.read_at`."""
        offset = max(offset, 0)
        return self.base.read_at(self.offset + offset, max(0, min(length, self.size - offset)))


class Extent(NamedTuple):
    """Where the bytes of a blob lie in the blob they are taken from."""

    base: Blob
    start: int
    end: int

    def within(self, other: Extent) -> bool:
        """Whether all of it lies in `other`."""
        return self.base is other.base and other.start <= self.start and self.end <= other.end


def extent(blob: Blob) -> Extent:
    """Return where the bytes of `blob` lie."""
    if isinstance(blob, Slice):
        return Extent(blob.base, blob.offset, blob.offset + blob.size)
    return Extent(blob, 0, blob.size)


class LocalFile(Blob):
    """A regular file. `bytes_read` counts what was read from it, a small one once and whole."""

    def __init__(self, path: str | os.PathLike[str], descriptor: int | None = None) -> None:
        """Open `path`, unless `descriptor` is that of the file, to be closed by this.

        Raises `SourceError` if it cannot be opened or is no regular file.
        """
        try:
            # O_NONBLOCK: opening a named pipe must not wait for its writer.
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
            self._descriptor = os.open(path, flags) if descriptor is None else descriptor
        except OSError as error:
            raise SourceError(f"cannot open {os.fspath(path)!r}: {error.strerror}") from error
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise SourceError(f"{os.fspath(path)!r} is not a regular file")
        self.size = status.st_size
        self.bytes_read = 0
        self._whole: bytes | None = None

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Blob.read_at`."""
        offset = max(offset, 0)
        if self.size > _SMALL:
            return self._read(offset, max(0, min(length, self.size - offset)))
        if self._whole is None:
            self._whole = self._read(0, self.size)
        return self._whole[offset : offset + max(length, 0)]

    def _read(self, offset: int, wanted: int) -> bytes:
        parts: list[bytes] = []
        while wanted > 0:
            try:
                part = os.pread(self._descriptor, wanted, offset)
            except OSError as error:
                raise ReadError(f"cannot read the file: {error.strerror}", offset) from error
            if not part:
                raise ReadError("the file ended before its size", offset)
            parts.append(part)
            offset += len(part)
            wanted -= len(part)
            self.bytes_read += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def descriptor(self) -> int | None:
        """See `Blob.descriptor`."""
        return self._descriptor

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Spooled(Blob):
    """Inflated bytes, in a temporary file that keeps to memory while it is small."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._lock = threading.Lock()
        weakref.finalize(self, file.close)  # gives the memory or the disk back
        self.size = size

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        with self._lock:
            self._file.seek(self.size)
            self._file.write(data)
            self.size += len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Blob.read_at`."""
        offset = max(offset, 0)
        with self._lock:
            self._file.seek(offset)
            return self._file.read(max(0, min(length, self.size - offset)))

    def descriptor(self) -> int | None:
        """See `Blob.descriptor`. What was kept in memory goes to the disk for it."""
        with self._lock:
            descriptor = self._file.fileno()
            self._file.flush()
        return descriptor
