"""CatBoost models in their own binary form: a flatbuffer, and tables behind it.

Source: `catboost/libs/model/model.cpp` (`TFullModel::Load`, the magic CBM1) and
`catboost/libs/model/flatbuffers/model.fbs` of CatBoost 0.1 to 1.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.io.blob import Blob

MAGIC: Final = b"CBM1"
_HEADER: Final = 8


def identify(blob: Blob) -> bool:
    """Whether `blob` has the magic."""
    return blob.head(4) == MAGIC


def parse(source: Source) -> Iterator[Event]:
    """Yield what is wrong with the frame of the model, and what stands behind its core."""
    blob = source.blob
    head = blob.head(_HEADER + 4)
    size = int.from_bytes(head[4:8], "little")
    if len(head) < _HEADER + 4 or size < 4 or _HEADER + size > blob.size:
        message = f"the core claims {size} bytes, {max(blob.size - _HEADER, 0)} follow"
        yield Anomaly(kind="model-structure", message=message, at=Location(4))
        yield Incomplete(message)
        return
    fault = _fault(blob.sub(_HEADER, size))
    if fault:
        yield Anomaly(kind="model-structure", message=fault, at=Location(_HEADER))
        yield Incomplete(fault)
    yield Skipped("trees", size)
    rest = blob.sub(_HEADER + size)
    if rest.size:
        yield Child(f"@{_HEADER + size}", rest, role="gap")


def _fault(core: Blob) -> str:
    """Return what is wrong with the root table of a flatbuffer; nothing where it holds."""
    root = int.from_bytes(core.head(4), "little")
    if root + 4 > core.size:
        return f"the root of the core lies at {root}, beyond its end"
    back = struct.unpack("<i", core.read_at(root, 4))[0]
    table = root - back
    if not 0 <= table <= core.size - 4:
        return f"the table of the core lies at {table}, beyond its end"
    length, width = struct.unpack("<HH", core.read_at(table, 4))
    if length < 4 or length % 2 or table + length > core.size or root + width > core.size:
        return "the table of the core reaches beyond its end"
    return ""
