"""The members `storages` and `tensors` of a PyTorch tar file.

Source: `torch/serialization.py` (`legacy_load` inside `_legacy_load`) of PyTorch 0.1 to 2.13.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from modelassay.core.facts import Anomaly, Location
from modelassay.formats.base import Event, Incomplete, Skipped, Source
from modelassay.formats.pickle import read_stream, read_streams
from modelassay.formats.pickle.machine import Machine
from modelassay.formats.pickle.store import GLOBAL, TUPLE
from modelassay.formats.pytorch.elements import storage_element
from modelassay.formats.pytorch.tar import Part
from modelassay.io.blob import Blob

_LAYOUT: Final = 16
_LARGEST: Final = 1 << 62


def identify(blob: Blob) -> bool:
    """Never by itself: the tar around it tells."""
    return False


def parse(source: Source) -> Iterator[Event]:
    """Yield the facts of all pickles; raw blocks are stepped over."""
    blob, budget = source.blob, source.budget
    tensors = isinstance(source.dialect, Part) and source.dialect.name == "tensors"
    machine = yield from read_stream(blob, 0, budget)
    position = max(machine.position, 1)
    count = machine.recorder.constants.integer(machine.result) if machine.stopped else None
    if count is None:
        yield from _deviation("its first pickle is no number", position)
        count = 0
    for index in range(min(count, blob.size)):
        machine = yield from read_stream(blob, position, budget, None, index + 1)
        position = max(machine.position, position + 1)
        size = _raw_size(machine, blob, position, tensors) if machine.stopped else None
        if size is None or position + size > blob.size:
            yield from _deviation(f"entry {index + 1} is not what it claims", position)
            break
        yield Skipped("tensor data", size)
        position += size
    yield from read_streams(blob, position, budget)


def _deviation(message: str, offset: int) -> Iterator[Event]:
    yield Anomaly(kind="legacy-header", message=message, at=Location(offset))
    yield Incomplete(message)


def _raw_size(machine: Machine, blob: Blob, position: int, tensors: bool) -> int | None:
    """Return the bytes of the block behind a pickle, `None` if it cannot be told."""
    if tensors:
        dimensions = int.from_bytes(blob.read_at(position, 4), "little", signed=True)
        return 8 + _LAYOUT * dimensions + 8 if dimensions >= 0 else None
    store = machine.store
    known = store.kind(machine.result) == TUPLE
    items = list(islice(store.items(machine.result), 4)) if known else []
    if len(items) != 3 or store.kind(items[2]) != GLOBAL:
        return None
    element = storage_element(store.name(items[2])[1])
    numel = int.from_bytes(blob.read_at(position, 8), "little", signed=True)
    return 8 + numel * element[0] if element is not None and 0 <= numel < _LARGEST else None
