"""Inflation of compressed streams under the budget, into a blob that spills to disk."""

from __future__ import annotations

import tempfile
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
    """What came of a stream. `consumed` is how many bytes of input it took.

    `error` is why it ended early; `limit` names the cap of the budget that stopped it.
    """

    blob: Blob
    consumed: int
    error: str | None = None
    limit: BudgetError | None = None


class _Broken(Error):
    pass


def inflate(
    source: Blob, decompressor: Decompressor, budget: Budget, errors: type[Exception]
) -> Inflated:
    """Inflate one stream that starts where `source` does.

    `errors` is what the codec raises on bad input. Whatever came out before an error is kept.
    """
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
    result = Inflated(Spooled(file, 0), 0)
    position = written = 0
    try:
        while not decompressor.eof:
            data = b""
            if decompressor.needs_input:
                data = source.read_at(position, _CHUNK)
                position += len(data)
            output = decompressor.decompress(data, _CHUNK)
            if not output and not data and not decompressor.eof and decompressor.needs_input:
                raise _Broken("the compressed stream is cut short")
            file.write(output)
            written += len(output)
            budget.inflate(len(output))
            _check_ratio(position, written, budget)
    except BudgetError as error:
        result.limit = error
    except (errors, _Broken, EOFError) as error:
        result.error = str(error) or type(error).__name__
    result.blob.size = written
    result.consumed = position - len(decompressor.unused_data) if decompressor.eof else position
    return result


def _check_ratio(consumed: int, written: int, budget: Budget) -> None:
    limits = budget.limits
    if written > limits.ratio_from and written > consumed * limits.ratio:
        raise BudgetError(
            "ratio", f"{consumed} compressed bytes inflate to more than {written} bytes"
        )


class Zlib:
    """`zlib` behind the common interface; `window` as for `zlib.decompressobj`."""

    def __init__(self, window: int) -> None:
        import zlib

        self._inner = zlib.decompressobj(window)

    @property
    def eof(self) -> bool:
        """See `Decompressor`."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """See `Decompressor`."""
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        """See `Decompressor`."""
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """See `Decompressor`."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))
