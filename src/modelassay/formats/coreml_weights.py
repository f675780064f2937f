"""Weights of CoreML programs (`weight.bin`): a header, and an entry in front of each tensor.

Source: `mlmodel/src/MILBlob/Blob/StorageFormat.hpp` of coremltools 5 to 9.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location
from modelassay.formats.base import Event, Incomplete, Skipped, Source, trailing
from modelassay.io.blob import Blob

_HEADER: Final = 64
_ENTRY: Final = struct.Struct("<IIQQ")
_SENTINEL: Final = 0xDEADBEEF
_VERSIONS: Final = (1, 2)
_ALIGNMENT: Final = 64


def identify(blob: Blob) -> bool:
    """Whether a header and a first entry stand at the start."""
    head = blob.head(_HEADER + 4)
    if len(head) < _HEADER + 4 or any(head[8:_HEADER]):
        return False
    return (
        int.from_bytes(head[4:8], "little") in _VERSIONS
        and int.from_bytes(head[_HEADER:], "little") == _SENTINEL
    )


def parse(source: Source) -> Iterator[Event]:
    """Yield how much is tensors, and entries that do not hold."""
    blob = source.blob
    count = int.from_bytes(blob.head(4), "little")
    position, stored = _HEADER, 0
    for number in range(count):
        if number % 4096 == 0:
            source.budget.tick()
        raw = blob.read_at(position, _ENTRY.size)
        mark, _, size, offset = _ENTRY.unpack(raw) if len(raw) == _ENTRY.size else (0, 0, 0, 0)
        first = position + _HEADER
        if mark != _SENTINEL or offset < first or offset + size > blob.size:
            message = f"the entry of tensor {number} of {count} does not hold"
            yield Anomaly(kind="model-structure", message=message, at=Location(position))
            yield Incomplete(message)
            return
        stored += size
        position = -(-(offset + size) // _ALIGNMENT) * _ALIGNMENT
    yield Skipped("tensor data", stored)
    yield from trailing(blob, position, "the last tensor")
