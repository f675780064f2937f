"""Files of one compressed stream, or several one behind the other: gzip, bzip2, xz, zstd and kin.

Sources: RFC 1952 (gzip), RFC 1950 (zlib), RFC 8878 (zstd), the bzip2, .xz and .lzma file formats,
the LZ4 frame format; `joblib/numpy_pickle_compat.py` for the "ZF" header of joblib before 0.10.
The format is told in the event `Refined`. Names a stream stores are not to be trusted, not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Limit, Location
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Refined, Source
from modelassay.formats.zip.expansion import expansion
from modelassay.io.blob import Blob, Spooled
from modelassay.io.budget import Budget
from modelassay.io.codecs import CODECS
from modelassay.io.inflate import Inflated, inflate, spool

_SIGNATURES: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    ("gzip", re.compile(rb"\x1f\x8b\x08")),
    ("bzip2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")),
    ("xz", re.compile(rb"\xfd7zXZ\0")),
    ("zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")),
    ("lz4", re.compile(rb"\x04\x22\x4d\x18")),
    ("lzma", re.compile(rb"(?:\x5d.{4}|[\x00-\xe0]\0\0..)(?:\xff{8}|.{5}\0{3})\0", re.DOTALL)),
    ("joblib-zf", re.compile(rb"ZF0x[0-9a-fA-F]{1,16}L? *\x78")),
    ("zlib", re.compile(rb"[\x08\x18\x28\x38\x48\x58\x68\x78][\x00-\xff]")),
)
_WEAK: Final = frozenset({"lzma", "zlib"})  # signatures that other bytes bear by chance
_ZF_HEADER: Final = 21  # "ZF", then a hexadecimal number padded to 19, on Python 2 to 20
_CHUNK: Final = 1 << 16
_PRESET: Final = 32  # the flag of a preset dictionary
_SURE: Final = 256  # so many bytes of anything else do not inflate without an error
_MOST_STREAMS: Final = 100_000


def identify(blob: Blob) -> bool:
    """Whether `blob` starts a stream of a known codec."""
    return codec_of(blob) is not None


def codec_of(blob: Blob) -> str | None:
    """Return the codec whose stream `blob` starts, `None` if there is none."""
    head = blob.head(64)
    for codec, signature in _SIGNATURES:
        if signature.match(head) and (codec not in _WEAK or _really(blob, codec)):
            return codec
    return None


def _really(blob: Blob, codec: str) -> bool:
    """Whether the first bytes inflate, all of them or more than other bytes ever would."""
    head = blob.head(_SURE + 2)
    if codec == "zlib":
        if len(head) < 2 or int.from_bytes(head[:2], "big") % 31 or head[1] & _PRESET:
            return False
        codec, head = "deflate", head[2:]  # so that a wrong checksum does not hide it
    decompressor, output = CODECS[codec].make(), 0
    try:
        for place in range(min(len(head), _SURE)):
            output += len(decompressor.decompress(head[place : place + 1], _CHUNK))
            if decompressor.eof:
                break
    except CODECS[codec].errors():
        return False
    return output > 0 and (decompressor.eof or len(head) >= _SURE)


def parse(source: Source) -> Iterator[Event]:
    """Yield the content of all streams, which readers join, and what stands behind the last."""
    blob = source.blob
    codec = codec_of(blob)
    if codec is None:
        return
    yield Refined(codec)
    position = _zf_header(blob) if codec == "joblib-zf" else 0
    stream = "zlib" if codec == "joblib-zf" else codec
    content = spool()
    for streams in range(1, _MOST_STREAMS + 1):
        outcome = _inflate(blob.sub(position), stream, source.budget, content)
        yield from _troubles(outcome, position)
        position += outcome.consumed
        following = _skip_padding(blob, position)
        if not outcome.ended or codec_of(blob.sub(following)) != stream:
            break
        if (limit := _beyond(source.budget, position, content.size, streams)) is not None:
            yield limit
            following = blob.size
            break
        position = following
    else:
        yield Limit(name="streams", message=f"more than {_MOST_STREAMS} streams follow one another")
    grown = expansion(position, content, 0)
    if grown is not None:
        yield grown
    yield Child("content", content, role="content")
    if outcome.ended and following < blob.size:
        size = blob.size - following
        message = f"{size} bytes follow the compressed stream"
        values = (Const(size),)
        yield Anomaly(
            kind="compressed-suffix", message=message, values=values, at=Location(following)
        )
        yield Child(f"@{following}", blob.sub(following), role="tail")


def _beyond(budget: Budget, consumed: int, written: int, streams: int) -> Limit | None:
    """Return the limit that streams together pass, where each of them keeps to it."""
    try:
        budget.check_ratio(consumed, written, streams)
    except BudgetError as error:
        return Limit(name=error.limit, message=str(error))
    return None


def _inflate(source: Blob, codec: str, budget: Budget, onto: Spooled) -> Inflated:
    return inflate(source, CODECS[codec], budget, onto)


def _troubles(outcome: Inflated, position: int) -> Iterator[Event]:
    """Yield why a stream was not read to its end."""
    at = Location(position)
    if outcome.limit is not None:
        yield Limit(name=outcome.limit.limit, message=str(outcome.limit), at=at)
    if outcome.error is not None:
        message = f"the compressed stream is broken: {outcome.error}"
        yield Anomaly(kind="compressed-data", message=message, at=at)
        yield Incomplete(message)


def _zf_header(blob: Blob) -> int:
    return _ZF_HEADER + (blob.read_at(_ZF_HEADER, 1) == b" ")


def _skip_padding(blob: Blob, position: int) -> int:
    """Step over zeros, which readers of all these formats leave out of account."""
    while chunk := blob.read_at(position, _CHUNK):
        rest = chunk.lstrip(b"\0")
        position += len(chunk) - len(rest)
        if rest:
            break
    return position
