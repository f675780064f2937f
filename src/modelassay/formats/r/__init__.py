"""R: values written by `saveRDS` and `save`, in XDR, ascii or native binary.

Sources: the R Internals manual, "Serialization Formats"; `src/main/serialize.c` and
`src/main/saveload.c` of R 2.0 to 4.5. Compression around it is a format of its own. Versions 2 and
3 are read; those before are of R older than 1.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import BudgetError, ReadError
from modelassay.core.facts import Anomaly, Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.formats.r.stream import STREAMS, Stream
from modelassay.formats.r.walk import Walk
from modelassay.io.blob import Blob

ENTRY: Final = "entry of a database"
_MAGIC: Final = 5
_MOST_VALUES: Final = 10_000


def identify(blob: Blob) -> bool:
    """Whether `blob` starts as a serialized value or a workspace of them does."""
    return _start(blob) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield the code, the promises and the references of every value."""
    start = _start(source.blob)
    if start is None:
        return
    for _ in range(_MOST_VALUES):
        stream = STREAMS[source.blob.read_at(start, 1)](source.blob, start + 2)
        yield from _value(source, stream)
        if stream.position >= source.blob.size or not stream.whole:
            return
        start = stream.position
        if not _header(source.blob, start):
            break
    left = source.blob.size - stream.position
    yield Anomaly(
        kind="r-trailing-bytes",
        message=f"{left} bytes stand behind the last value",
        values=(Const(left),),
        at=Location(stream.position),
    )
    yield Child(f"@{stream.position}", source.blob.sub(stream.position), role="tail")


def _value(source: Source, stream: Stream) -> Iterator[Event]:
    walk = Walk(stream, source.budget, "entry" if source.dialect == ENTRY else "value")
    limit: BudgetError | None = None
    trouble = ""
    try:
        version, writer, _ = stream.integer(), stream.integer(), stream.integer()
        numbers = (writer >> 16, writer >> 8 & 255, writer & 255)
        stated = ".".join(str(number) for number in numbers)
        yield Metadata(key="r-version", value=Const(stated), at=Location(0))
        if version == 3:
            stream.text(stream.integer())  # the encoding of native strings
        elif version != 2:
            raise ReadError(f"there is no version {version} of the format", stream.position)
        walk.run()
        stream.end()
    except ReadError as error:
        trouble = str(error)
        at = Location(error.offset)
        yield Anomaly(kind="model-structure", message=f"the value is broken: {trouble}", at=at)
    except BudgetError as error:
        limit = error
    stream.whole = not trouble
    yield from walk.facts()
    yield Skipped("vectors of R", stream.skipped)
    if trouble:
        yield Incomplete(f"the value is broken: {trouble}")
    if limit is not None:
        raise limit


def _start(blob: Blob) -> int | None:
    """Return where the first value starts, behind the magic of a workspace if there is one."""
    head = blob.head(_MAGIC)
    workspace = head[:2] == b"RD" and head[2:3] in b"XAB" and head[3:] in (b"2\n", b"3\n")
    start = _MAGIC if workspace else 0
    return start if _header(blob, start) else None


def _header(blob: Blob, start: int) -> bool:
    """Whether a format, a version and the version of R that wrote it stand at `start`."""
    head = blob.read_at(start, 32)
    if head[1:2] != b"\n" or head[:1] not in STREAMS:
        return False
    try:
        stream = STREAMS[head[:1]](blob.sub(start, 64), 2)
        return stream.integer() in (2, 3) and 1 <= stream.integer() >> 16 < 10
    except ReadError:
        return False
