"""The index of a TensorFlow checkpoint: a sorted table of tensors and where their bytes lie.

Source: table_format.txt and format.cc in `tensorflow/core/lib/io/`, tensor_bundle.proto in
`tensorflow/core/protobuf/`, TensorFlow 0.11 to 2.21. The table is LevelDB's, but for its magic
number. The tensors themselves are in `NAME.data-00000-of-00001` beside it, without any structure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location, Tensor
from modelassay.core.nesting import name as name_of
from modelassay.formats.base import Event, Incomplete, Source, Weights
from modelassay.io.blob import Blob, Memory
from modelassay.io.protobuf import BYTES, VARINT, Field, Wire, varint

MAGIC: Final = bytes.fromhex("57fb808b247547db")
_FOOTER: Final = 48
_TRAILER: Final = 5  # how a block is compressed, and its checksum
_LARGEST_BLOCK: Final = 1 << 26
_MOST_SHARDS: Final = 10_000
_MOST_GROUPS: Final = 1000
TYPES: Final = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    8: "complex64",
    9: "int64",
    10: "bool",
    14: "bfloat16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    20: "resource",
    21: "variant",
    22: "uint32",
    23: "uint64",
}


class _Handle(msgspec.Struct, frozen=True):
    """Where a block lies."""

    offset: int
    size: int


class _Item(msgspec.Struct, frozen=True):
    """An entry of a block: its key, its value, and where the block starts."""

    key: bytes
    value: bytes
    at: int


def identify(blob: Blob) -> bool:
    """Whether `blob` ends as a table does."""
    return blob.size >= _FOOTER and blob.read_at(blob.size - 8, 8) == MAGIC


def parse(source: Source) -> Iterator[Event]:
    """Yield the tensors by type and shape, and what does not fit."""
    groups: dict[tuple[str, tuple[int, ...]], Tensor] = {}
    faults: list[Anomaly] = []
    ends: dict[int, int] = {}
    shards = 1
    try:
        for count, item in enumerate(_items(source.blob)):
            if count % 1024 == 0:
                source.budget.tick()
            if item.key:
                faults += _take(groups, item)
                shard, end = _place(item)
                ends[shard] = max(ends.get(shard, 0), end)
            else:
                shards = _numbers(item)[1] or 1
    except ReadError as error:
        faults.append(_anomaly(str(error), error.offset))
        yield Incomplete(f"the index is broken: {error}")
    yield from groups.values()
    yield from faults[:20]
    stem = name_of(source.name).removesuffix(".index")
    for shard, end in list(ends.items())[:_MOST_SHARDS]:
        yield Weights(f"{stem}.data-{shard:05d}-of-{shards:05d}", end)


def _items(blob: Blob) -> Iterator[_Item]:
    """Yield the entries of all data blocks. Raises `ReadError`."""
    footer = blob.read_at(blob.size - _FOOTER, _FOOTER)
    _, index = _handle(footer, 0, blob.size - _FOOTER)
    root, _ = _handle(footer, index, blob.size - _FOOTER)
    end = -1
    for entry in _block(blob, root):
        handle, _ = _handle(entry.value, 0, root.offset)
        if handle.offset <= end:
            raise ReadError("the blocks of the table do not follow each other", entry.at)
        end = handle.offset
        yield from _block(blob, handle)


def _handle(data: bytes, index: int, place: int) -> tuple[_Handle, int]:
    offset, index = varint(data, index)
    size, index = varint(data, index) if offset >= 0 else (-1, index)
    if size < 0:
        raise ReadError("the place of a block cannot be read", place)
    return _Handle(offset, size), index


def _block(blob: Blob, handle: _Handle) -> list[_Item]:
    """Return the entries of a block, each key written as what differs from the one before."""
    if handle.size > _LARGEST_BLOCK or handle.offset + handle.size + _TRAILER > blob.size:
        message = f"a block of {handle.size} bytes at {handle.offset} reaches beyond the file"
        raise ReadError(message, handle.offset)
    data = blob.read_at(handle.offset, handle.size + _TRAILER)
    if data[handle.size] != 0:
        raise ReadError("a block is compressed, which no TensorFlow writes", handle.offset)
    restarts = int.from_bytes(data[handle.size - 4 : handle.size], "little")
    end = handle.size - 4 * (restarts + 1)
    if handle.size < 4 or end < 0:
        raise ReadError("a block has more restarts than bytes", handle.offset)
    items, key, index = [], b"", 0
    while index < end:
        sizes = []
        for _ in range(3):
            size, index = varint(data, index)
            sizes.append(size)
        shared, fresh, length = sizes
        if min(sizes) < 0 or shared > len(key) or index + fresh + length > end:
            raise ReadError("an entry reaches beyond its block", handle.offset + index)
        key = key[:shared] + data[index : index + fresh]
        index += fresh + length
        items.append(_Item(key, data[index - length : index], handle.offset))
    return items


def _take(groups: dict[tuple[str, tuple[int, ...]], Tensor], item: _Item) -> list[Anomaly]:
    """Count the tensor of an entry; return what is wrong with it."""
    wire = Wire(Memory(item.value))
    numbers = {1: 0, 3: 0, 4: 0, 5: 0}
    sides: list[int] = []
    for field in wire.fields():
        if field.number in numbers and field.wire == VARINT:
            numbers[field.number] = field.signed
        elif field.number == 2 and field.wire == BYTES:
            sides += _sides(wire, field)
    name = item.key.decode("utf-8", "backslashreplace")[:1000]
    key = (TYPES.get(numbers[1], f"type-{numbers[1]}"), tuple(sides[:64]))
    key = key if key in groups or len(groups) < _MOST_GROUPS else (key[0], ())
    group = groups.get(key)
    if group is None:
        place = Location(item.at)
        groups[key] = Tensor(name=name, dtype=key[0], shape=key[1], size=numbers[5], at=place)
    else:
        group.count += 1
    faults = [_anomaly(f"{name!r}: {fault.message}", item.at) for fault in wire.faults]
    if min(numbers.values()) < 0 or min(sides, default=0) < 0:
        faults.append(_anomaly(f"{name!r} has a negative side, offset or size", item.at))
    return faults


def _place(item: _Item) -> tuple[int, int]:
    """Return the shard that holds the tensor of an entry, and where the tensor ends in it."""
    numbers = _numbers(item)
    return numbers[3], numbers[4] + numbers[5]


def _numbers(item: _Item) -> Counter[int]:
    fields = Wire(Memory(item.value)).fields()
    return Counter({field.number: field.signed for field in fields if field.wire == VARINT})


def _sides(wire: Wire, shape: Field) -> Iterator[int]:
    for side in wire.inside(shape):
        if side.number == 2 and side.wire == BYTES:
            sizes = [f.signed for f in wire.inside(side) if f.number == 1 and f.wire == VARINT]
            yield sizes[-1] if sizes else 0


def _anomaly(message: str, offset: int | None) -> Anomaly:
    return Anomaly(kind="checkpoint-index", message=message, at=Location(offset))
