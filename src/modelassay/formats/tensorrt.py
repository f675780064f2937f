"""Engines of TensorRT (`.engine`, `.plan`), also with the metadata of Ultralytics in front.

Sources: the tag of a plan and the place of its version, as `samples/sampleSafeINT8` and
`samples/common/sampleEngines.cpp` of NVIDIA's TensorRT OSS check them; `setEngineHostCodeAllowed`
and `setPluginsToSerialize` in the documentation of TensorRT. The format behind the header is not
public: programs in it, such as the runtime of a version-compatible plan and libraries of plugins,
are found by their own headers, and the rest is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import JsonError, Pairs, read_json

MAGIC: Final = b"ftrt"
_HEADER: Final = 28
_VERSION: Final = 24
_LARGEST: Final = 1 << 20
_MOST: Final = 200


def identify(blob: Blob) -> bool:
    """Whether a plan stands at the start, or behind metadata in JSON."""
    return _start(blob) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield the version, the metadata, and the plan as bytes that are searched."""
    blob = source.blob
    start = _start(blob)
    if start is None:
        return
    if start:
        yield from _metadata(blob.read_at(4, start - 4))
    head = blob.read_at(start, _HEADER)
    if len(head) < _HEADER:
        message = "the plan ends in its header"
        yield Anomaly(kind="model-structure", message=message, at=Location(start))
    elif not int.from_bytes(head[4:8], "little"):
        version = ".".join(str(part) for part in head[_VERSION:_HEADER])
        yield Metadata(key="tensorrt-version", value=Const(version), at=Location(start))
    yield Child("plan", blob.sub(start + len(MAGIC)), role="gap")
    yield Incomplete("the format of TensorRT engines is not public: only programs are looked for")


def _start(blob: Blob) -> int | None:
    head = blob.head(5)
    if head[:4] == MAGIC:
        return 0
    size = int.from_bytes(head[:4], "little")
    if head[4:] == b"{" and size < _LARGEST and blob.read_at(4 + size, 4) == MAGIC:
        return 4 + size
    return None


def _metadata(data: bytes) -> Iterator[Event]:
    try:
        value = read_json(data)
    except JsonError as error:
        message = f"the metadata are no JSON: {error}"
        yield Anomaly(kind="model-structure", message=message, at=Location(4))
        return
    for key, text in (value if isinstance(value, Pairs) else Pairs())[:_MOST]:
        if isinstance(text, str):
            yield Metadata(key=key[:200], value=Const(text[:1000]), at=Location(4))
