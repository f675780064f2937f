"""R: databases of lazily loaded values (`.rdb`), values compressed one by one behind each other.

Sources: `R_compress1` to `R_decompress3` in `src/main/connections.c`, `R_lazyLoadDBinsertValue` in
`src/main/serialize.c` and `makeLazyLoadDB` of the package tools, of R 2.0 to 4.5. The index beside
it (`.rdx`) is an ordinary value; here each stream says itself where it ends. The size of a value
stands in front of it as four bytes, then a letter for the codec, which zlib mostly goes without.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.facts import Anomaly, Limit, Location
from modelassay.formats.base import Child, Event, Incomplete, Source, trailing
from modelassay.formats.r import ENTRY
from modelassay.formats.r import identify as is_value
from modelassay.io.blob import Blob, Memory
from modelassay.io.budget import Budget
from modelassay.io.codecs import CODECS
from modelassay.io.inflate import Codec, Decompressor, inflate

_PROBED: Final = 1 << 12
_DICTIONARY: Final = 1 << 26  # that of `xz -9`
_MOST_VALUES: Final = 100_000


class _Chunk(msgspec.Struct, frozen=True):
    """A value: how many bytes it claims to have, its codec, and where its stream starts."""

    claimed: int
    codec: str
    start: int


def _lzma2() -> Decompressor:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": _DICTIONARY}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


_CODECS: Final = {
    "zlib": CODECS["zlib"],
    "bzip2": CODECS["bzip2"],
    "lzma2": Codec(_lzma2, lambda: (lzma.LZMAError, EOFError)),
}
_LETTERS: Final = {b"0": "none", b"1": "zlib", b"2": "bzip2", b"Z": "lzma2"}


def identify(blob: Blob) -> bool:
    """Whether the first chunk holds a value of R, as far as its first bytes tell."""
    chunk = _chunk(blob, 0)
    if chunk is None:
        return False
    data = blob.read_at(chunk.start, _PROBED)
    if chunk.codec == "none":
        return is_value(Memory(data))
    codec = _CODECS[chunk.codec]
    try:
        return is_value(Memory(codec.make().decompress(data, _PROBED)))
    except codec.errors():
        return False


def parse(source: Source) -> Iterator[Event]:
    """Yield every value, and what is wrong with its frame."""
    blob, position = source.blob, 0
    for _ in range(_MOST_VALUES):
        chunk = _chunk(blob, position)
        if chunk is None:
            break
        value, end, trouble = _value(blob, chunk, source.budget)
        if value is not None:
            yield Child(f"@{position}", value, role="content", format="r", dialect=ENTRY)
        if trouble:
            yield Anomaly(kind="model-structure", message=trouble, at=Location(position))
        if end is None:
            yield Incomplete(trouble)
            return
        position = end
    if _chunk(blob, position) is not None:
        yield Limit(name="values", message=f"more than {_MOST_VALUES} values in a database")
        return
    yield from trailing(blob, position, "the last value")


def _chunk(blob: Blob, position: int) -> _Chunk | None:
    """Return the frame that starts at `position`, `None` where none does."""
    head = blob.read_at(position, 6)
    if len(head) < 6:
        return None
    claimed = int.from_bytes(head[:4], "big")
    if head[4] & 15 == 8 and not int.from_bytes(head[4:6], "big") % 31:
        return _Chunk(claimed, "zlib", position + 4)
    codec = _LETTERS.get(head[4:5])
    return _Chunk(claimed, codec, position + 5) if codec else None


def _value(blob: Blob, chunk: _Chunk, budget: Budget) -> tuple[Blob | None, int | None, str]:
    """Return the bytes of a value, where its frame ends, and what is wrong with it.

    Raises `BudgetError`.
    """
    if chunk.codec == "none":
        if chunk.claimed > blob.size - chunk.start:
            message = f"a value of {chunk.claimed} bytes has {blob.size - chunk.start}"
            return blob.sub(chunk.start), None, message
        return blob.sub(chunk.start, chunk.claimed), chunk.start + chunk.claimed, ""
    result = inflate(blob.sub(chunk.start), _CODECS[chunk.codec], budget)
    if result.limit is not None:
        raise result.limit
    end = chunk.start + result.consumed if result.ended else None
    if result.error is not None or end is None:
        return result.blob, None, f"a compressed value is broken: {result.error}"
    if result.blob.size != chunk.claimed:
        message = f"a value of {chunk.claimed} bytes has {result.blob.size}"
        return result.blob, end, message
    return result.blob, end, ""
