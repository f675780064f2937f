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

_CHUNK = 1 << 18
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
    stream = _Stream(source, codec.make())
    errors = codec.errors()
    try:
        try:
            _pour(stream, result, before, blob, budget)
        except errors:
            # The call that failed took with it what it had put out already: a loader that reads in
            # smaller steps gets to see that. So go the same way again, and the last step slowly.
            stream = _Stream(source, codec.make()).follow(stream.steps, budget)
            _pour(stream, result, before, blob, budget)
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
    """A stream being decompressed. `steps` counts those that succeeded, `position` is in bytes."""

    def __init__(self, source: Blob, decompressor: Decompressor) -> None:
        self.source = source
        self.decompressor = decompressor
        self.position = 0
        self.steps = 0
        self._feed = self._most = _CHUNK

    def step(self) -> bytes:
        """Return more output."""
        data = b""
        hungry = self.decompressor.needs_input
        if hungry:
            data = self.source.read_at(self.position, self._feed)
            self.position += len(data)
        output = self.decompressor.decompress(data, self._most)
        if hungry and not data and not output and not self.decompressor.eof:
            raise _CutShortError("the compressed stream is cut short")
        self.steps += 1
        return output

    def follow(self, steps: int, budget: Budget) -> _Stream:
        """Go `steps` as before, their output known already, and on byte by byte."""
        while self.steps < steps:
            budget.tick()
            self.step()
        self._feed = self._most = 1
        return self
