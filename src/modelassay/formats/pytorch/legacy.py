"""PyTorch files of `torch.save` before 1.6, and since then on request: five pickles, then storages.

Source: `torch/serialization.py` (`_legacy_save`, `_legacy_load`) and
`torch/csrc/serialization.cpp` of PyTorch 0.1.10 to 2.13. The pickles are a magic number, a
protocol version, `sys_info`, the object and the keys of its storages; each storage is its number
of elements in 8 bytes, then the elements.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Opaque
from modelassay.core.values import Const
from modelassay.formats.base import Child, Elements, Event, Incomplete, Skipped, Source
from modelassay.formats.pickle import read_stream
from modelassay.formats.pickle.machine import Machine
from modelassay.formats.pickle.store import DICT, LIST
from modelassay.formats.pytorch.dialect import TorchDialect
from modelassay.formats.pytorch.storages import Storages
from modelassay.io.blob import Blob

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
_MARKS: Final = (b"\x8a\n" + MAGIC.to_bytes(10, "little"), b"L%dL\n" % MAGIC)
_STREAMS: Final = ("magic number", "protocol", "sys_info", "object", "list of storage keys")
_LONGEST_START: Final = 64
_MOST_STORAGES: Final = 1 << 22
_COUNT: Final = 8


def identify(blob: Blob) -> bool:
    """Whether `blob` starts with the pickle of the magic number."""
    return _starts(blob, 0)


def _starts(blob: Blob, position: int) -> bool:
    head = blob.read_at(position, _LONGEST_START)
    return any(mark in head for mark in _MARKS)


def parse(source: Source) -> Iterator[Event]:
    """Yield the facts of all pickles; several files may stand behind each other."""
    blob, position = source.blob, 0
    while position < blob.size:
        if not _starts(blob, position):
            yield _anomaly("legacy-trailing-bytes", "bytes stand behind the storages", position)
            yield Child(f"@{position}", blob.sub(position), role="tail")
            return
        end = yield from _read_file(source, position)
        if end is None:
            return
        position = end


def _read_file(source: Source, position: int) -> Generator[Event, None, int | None]:
    """Yield what one file says; return where it ends, `None` if all of it is dealt with."""
    blob, budget = source.blob, source.budget
    storages = Storages(named=source.deep)
    for stream in range(len(_STREAMS)):
        dialect = TorchDialect(storages)
        machine = yield from read_stream(blob, position, budget, dialect, stream, _MOST_STORAGES)
        position = max(machine.position, position + 1)
        if machine.error is not None:
            yield from _tail(blob, position)
            return None
        if not _expected(machine, stream):
            message = f"pickle {stream + 1} is no {_STREAMS[stream]}"
            yield _anomaly("legacy-header", message, position)
    return (yield from _read_storages(blob, position, storages, _keys(machine)))


def _expected(machine: Machine, stream: int) -> bool:
    """Whether the result of a pickle is what stands in its place."""
    integer, kind = machine.recorder.constants.integer, machine.store.kind(machine.result)
    match stream:
        case 0:
            return integer(machine.result) == MAGIC
        case 1:
            return integer(machine.result) == PROTOCOL
        case 2:
            return kind == DICT
        case 4:
            return kind == LIST and None not in _keys(machine)
    return True


def _keys(machine: Machine) -> list[str | None]:
    if machine.store.kind(machine.result) != LIST:
        return []
    return [machine.recorder.text(item) for item in machine.store.items(machine.result)]


def _read_storages(
    blob: Blob, position: int, storages: Storages, keys: list[str | None]
) -> Generator[Event, None, int | None]:
    """Step over the storages; return where they end, or `None` if they are not what is claimed."""
    for missing in sorted(storages.claims.keys() - set(keys))[:20]:
        yield _anomaly("storage-missing", f"storage {missing!r} is not in the file", position)
    for key in keys:
        claim = storages.claims.get(key or "")
        if claim is None:
            message = f"storage {key!r} is that of no tensor"
            yield _anomaly("storage-unclaimed", message, position)
            yield from _tail(blob, position)
            return None
        numel = int.from_bytes(blob.read_at(position, _COUNT), "little", signed=True)
        start, size = position + _COUNT, numel * claim.width
        if numel != claim.numel:
            message = f"storage {key!r} is claimed with {claim.numel} elements, it has {numel}"
            yield _anomaly("storage-size", message, position, claim.numel, numel)
        if numel < 0 or start + size > blob.size:
            left = max(blob.size - start, 0)
            message = f"storage {key!r} has {numel} elements, {left} bytes follow"
            yield _anomaly("storage-size", message, position, numel, left)
            yield from _tail(blob, position)
            return None
        yield Skipped("tensor data", size)
        yield Elements(storages.name_of(key or ""), claim.dtype, start, size)
        position = start + size
    return position


def _tail(blob: Blob, position: int) -> Iterator[Event]:
    """Yield what is left unread, for others to look at."""
    yield Incomplete(f"what stands from byte {position} on is not what the format says")
    if position < blob.size:
        yield Opaque(size=blob.size - position, role="tail", at=Location(position))
        yield Child(f"@{position}", blob.sub(position), role="tail")


def _anomaly(kind: str, message: str, offset: int, *values: int) -> Anomaly:
    constants = tuple(Const(value) for value in values)
    return Anomaly(kind=kind, message=message, values=constants, at=Location(offset))
