"""An HDF5 file as its parser sees it: where metadata may be read, and what was found wrong.

Every block of metadata is read through `File.fields`, which checks the claimed place and length
against the file and takes the reading from an allowance that grows with the file's size: honest
metadata is read once, so a file whose structures point at each other runs out of it early.
"""

from __future__ import annotations

from typing import Final

from modelassay.core.errors import BudgetError, Error, ReadError
from modelassay.core.facts import Anomaly, Location
from modelassay.core.values import Const, Scalar
from modelassay.formats.base import Incomplete
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.cursor import Cursor

LONGEST_BLOCK: Final = 64 << 20
_LEAST_ALLOWANCE: Final = 50_000
_MOST_OF_A_KIND: Final = 50


class FormatError(Error):
    """Metadata is not what the specification demands; `kind` is the word of the anomaly."""

    advice = "The file is damaged, or was made to be. Fetch it again from where it came from."

    def __init__(self, message: str, offset: int, kind: str = "hdf5-structure") -> None:
        super().__init__(message)
        self.offset = offset
        self.kind = kind


class Fields(Cursor):
    """A block of metadata in memory; positions are offsets in the file."""

    def __init__(self, data: bytes, origin: int, file: File) -> None:
        super().__init__(file.blob, origin)
        self.end = origin + len(data)
        self.file = file
        self._data = data
        self._origin = origin

    def read(self, length: int) -> bytes:
        """See `Cursor.read`."""
        position = self.position
        if length < 0 or length > self.end - position:
            raise ReadError(f"{length} bytes wanted, {self.end - position} left", position)
        self.position = position + length
        start = position - self._origin
        return self._data[start : start + length]

    def startswith(self, signature: bytes) -> bool:
        """Whether `signature` stands at the position."""
        return self._data.startswith(signature, self.position - self._origin)

    def uint(self, width: int) -> int:
        """Return an unsigned little-endian integer of `width` bytes."""
        return int.from_bytes(self.read(width), "little")

    def address(self) -> int | None:
        """Return an address, relative to the superblock; `None` where it is undefined."""
        raw = self.read(self.file.offset_size)
        return None if raw == b"\xff" * len(raw) else int.from_bytes(raw, "little")

    def length(self) -> int:
        """Return an integer as wide as the file's lengths."""
        return self.uint(self.file.length_size)

    def text(self) -> str:
        """Return text up to the NUL that ends it."""
        start = self.position - self._origin
        stop = self._data.find(b"\0", start)
        if stop < 0:
            raise ReadError("a name has no end", self.position)
        return self.read(stop - start + 1)[:-1].decode("utf-8", "replace")

    def sub(self, length: int) -> Fields:
        """Return the next `length` bytes as a block of their own."""
        origin = self.position
        return Fields(self.read(length), origin, self.file)

    def align(self, origin: int, to: int = 8) -> None:
        """Skip padding up to a multiple of `to` bytes from `origin`, or to the end."""
        self.skip(min(-(self.position - origin) % to, self.left))


class File:
    """The file, and what its superblock says of it.

    `base` is the offset of the superblock, to which addresses are relative. `events` are what was
    found wrong on the way.
    """

    def __init__(self, blob: Blob, budget: Budget, base: int = 0) -> None:
        self.blob = blob
        self.budget = budget
        self.base = base
        self.offset_size = 8
        self.length_size = 8
        self.events: list[Anomaly | Incomplete] = []
        self._of_kind: dict[str, list[Anomaly]] = {}
        self._allowance = _LEAST_ALLOWANCE + blob.size
        self._work = 0

    def fields(self, address: int, length: int) -> Fields:
        """Return `length` bytes at `address` as a block. Raises `ReadError`."""
        start = self.base + address
        left = self.blob.size - start
        if length > left or length > LONGEST_BLOCK:
            raise ReadError(f"{length} bytes of metadata wanted, {max(left, 0)} left", start)
        self.work(1 + length // 64)
        return Fields(self.blob.read_at(start, length), start, self)

    def upto(self, address: int, length: int) -> Fields:
        """Return at most `length` bytes at `address`, fewer at the end of the file."""
        return self.fields(address, max(0, min(length, self.blob.size - self.base - address)))

    def signed(self, address: int, signature: bytes, length: int) -> Fields:
        """Return the fields behind `signature` at `address`. Raises `FormatError`."""
        block = self.fields(address, length)
        if block.read(len(signature)) != signature:
            name = signature.decode("ascii")
            raise FormatError(f"there is no {name} block where one should be", self.base + address)
        return block

    def work(self, amount: int) -> None:
        """Take reading from the allowance, or raise `BudgetError`."""
        if (self._work + amount) >> 12 != self._work >> 12:
            self.budget.tick()
        self._work += amount
        if self._work > self._allowance:
            message = "the metadata leads to more reading than the file has bytes"
            raise BudgetError("metadata", message)

    def inside(self, address: int, length: int) -> bool:
        """Whether `length` bytes at `address` are in the file."""
        return self.base + address + length <= self.blob.size

    def note(self, kind: str, message: str, offset: int, path: str, *values: Scalar) -> None:
        """Keep an anomaly; beyond a number of one kind they are only counted."""
        kept = self._of_kind.setdefault(kind, [])
        if len(kept) >= _MOST_OF_A_KIND:
            kept[-1].count += 1
            return
        constants = tuple(Const(value) for value in values)
        fact = Anomaly(kind=kind, message=message, values=constants, at=Location(offset, path))
        kept.append(fact)
        self.events.append(fact)

    def broken(self, error: ReadError | FormatError, path: str) -> None:
        """Keep what kept a part of the file from being read."""
        kind = error.kind if isinstance(error, FormatError) else "hdf5-bounds"
        self.note(kind, f"{path or '/'}: {error}", error.offset or 0, path)
        self.events.append(Incomplete(f"{path or '/'}: {error}"))
