"""Inflation of compressed streams under the budget, into a blob that spills to disk."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable
from typing import IO, Protocol

import msgspec

from modelassay.core.errors import BudgetError, Error
from modelassay.io.blob import Blob, Spooled
from modelassay.io.budget import Budget

#: How much is put in and taken out at once. A call that fails takes with it what it had put out
#: already, and a loader that reads in smaller steps gets to see that: so the same way is gone
#: again, and what failed in smaller steps, the last byte by byte.
_PACES = ((1 << 18, 1 << 18), (1 << 9, 1 << 18), (1, 1 << 9), (1, 1))
_IN_MEMORY = 16 << 20


class Decompressor(Protocol):
    """What `bz2`, `lzma`, and wrappers of the others share."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached."""

    @property
    def unused_data(self) -> bytes | None:
        """Input behind the end of the stream."""

    @property
    def needs_input(self) -> bool:
        """Whether more input is wanted before more output can come."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return up to `max_length` bytes of output."""


class Codec(msgspec.Struct, frozen=True):
    """A codec: `make` starts the decompression of one stream, `errors` is what that may raise.

    `make` raises `MissingExtraError` where the codec is an extra that is not installed.
    """

    make: Callable[[], Decompressor]
    errors: Callable[[], tuple[type[Exception], ...]]


class Inflated(msgspec.Struct):
    """What came of a stream. `consumed` is how many bytes of input it took, `crc` its CRC-32.

    `ended` tells whether the stream said where it ends; `error` is why it broke; `limit` names the
    cap of the budget that stopped it.
    """

    blob: Blob
    consumed: int = 0
    crc: int = 0
    ended: bool = False
    error: str | None = None
    limit: BudgetError | None = None


class _CutShortError(Error):
    """The input ends before its stream does."""


def spool() -> Spooled:
    """Return an empty blob to append to."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
    return Spooled(file, 0)


def inflate(source: Blob, codec: Codec, budget: Budget, onto: Spooled | None = None) -> Inflated:
    """Inflate one stream that starts where `source` does, at the end of `onto` if it is given.

    Whatever came out before an error is kept.
    """
    blob = spool() if onto is None else onto
    result = Inflated(blob)
    before = blob.size
    stream = _Stream(source, codec.make)
    errors = codec.errors()
    try:
        while True:
            try:
                _pour(stream, result, before, blob, budget)
                break
            except errors:
                if not stream.slower(budget):
                    raise
    except BudgetError as error:
        result.limit = error
    except errors as error:
        result.error = str(error) or type(error).__name__
    except _CutShortError as error:
        result.error = str(error)
    result.ended = stream.decompressor.eof
    unused = stream.decompressor.unused_data if result.ended else None
    result.consumed = stream.position - len(unused or b"")
    grown = (blob.size - before) / max(result.consumed, 1)
    blob.expansion = max(blob.expansion, source.expansion * grown)
    return result


def _pour(stream: _Stream, result: Inflated, before: int, blob: Spooled, budget: Budget) -> None:
    """Step to the end of a stream. Raises what its codec does, and `BudgetError`."""
    while not stream.decompressor.eof:
        output = stream.step()
        blob.append(output)
        result.crc = zlib.crc32(output, result.crc)
        budget.inflate(len(output))
        budget.check_ratio(stream.position, blob.size - before)


class _Stream:
    """A stream being decompressed.

    `steps` counts those that succeeded, at each pace; `position` is in bytes.
    """

    def __init__(self, source: Blob, make: Callable[[], Decompressor]) -> None:
        self.source = source
        self.make = make
        self.decompressor = make()
        self.position = 0
        self.steps = [0]

    def step(self) -> bytes:
        """Return more output."""
        output = self._take(*_PACES[len(self.steps) - 1])
        self.steps[-1] += 1
        return output

    def _take(self, feed: int, most: int) -> bytes:
        data = b""
        hungry = self.decompressor.needs_input
        if hungry:
            data = self.source.read_at(self.position, feed)
            self.position += len(data)
        output = self.decompressor.decompress(data, most)
        if hungry and not data and not output and not self.decompressor.eof:
            raise _CutShortError("the compressed stream is cut short")
        return output

    def slower(self, budget: Budget) -> bool:
        """Go the same way again, its output known already, to go on in smaller steps.

        Return whether there are any smaller.
        """
        if len(self.steps) == len(_PACES):
            return False
        self.decompressor = self.make()
        self.position = 0
        for pace, steps in zip(_PACES, self.steps, strict=False):
            for _ in range(steps):
                budget.tick()
                self._take(*pace)
        self.steps.append(0)
        return True
