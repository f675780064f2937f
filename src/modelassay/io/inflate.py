"""Inflation of compressed streams under the budget, into a blob that spills to disk."""

from __future__ import annotations

import tempfile
import zlib
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
    def unused_data(self) -> bytes:
        """Input behind the end of the stream."""

    @property
    def needs_input(self) -> bool:
        """Whether more input is wanted before more output can come."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return up to `max_length` bytes of output."""


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


def inflate(
    source: Blob,
    decompressor: Decompressor,
    budget: Budget,
    errors: tuple[type[Exception], ...],
    onto: Spooled | None = None,
) -> Inflated:
    """Inflate one stream that starts where `source` does, at the end of `onto` if it is given.

    `errors` is what the codec raises on bad input. Whatever came out before an error is kept.
    """
    blob = spool() if onto is None else onto
    result = Inflated(blob)
    position, before = 0, blob.size
    try:
        while not decompressor.eof:
            data = b""
            if decompressor.needs_input:
                data = source.read_at(position, _CHUNK)
                position += len(data)
            output = decompressor.decompress(data, _CHUNK)
            if not output and not data and not decompressor.eof and decompressor.needs_input:
                raise _CutShortError("the compressed stream is cut short")
            blob.append(output)
            result.crc = zlib.crc32(output, result.crc)
            budget.inflate(len(output))
            budget.check_ratio(position, blob.size - before)
    except BudgetError as error:
        result.limit = error
    except errors as error:
        result.error = str(error) or type(error).__name__
    except _CutShortError as error:
        result.error = str(error)
    result.ended = decompressor.eof
    result.consumed = position - (len(decompressor.unused_data) if decompressor.eof else 0)
    grown = (blob.size - before) / max(result.consumed, 1)
    blob.expansion = max(blob.expansion, source.expansion * grown)
    return result
