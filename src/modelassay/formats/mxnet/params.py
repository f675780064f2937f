"""Parameters of MXNet (`.params`): arrays one behind the other, and then their names.

Source: `NDArray::Save` and `NDArray::Load` in `src/ndarray/ndarray.cc`, and `Tuple::Save` in
`include/mxnet/tuple.h`, of MXNet 0.5 to 1.9.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location, Tensor
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.io.blob import Blob
from modelassay.io.cursor import Cursor

MAGIC: Final = (0x112).to_bytes(8, "little") + bytes(8)
_V1, _V2, _V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
_TYPES: Final = (
    *(("float32", 4), ("float64", 8), ("float16", 2), ("uint8", 1), ("int32", 4), ("int8", 1)),
    *(("int64", 8), ("bool", 1), ("int16", 2), ("uint16", 2), ("uint32", 4), ("uint64", 8)),
    ("bfloat16", 2),
)
_SPARSE: Final = {0: 0, 1: 1, 2: 2}  # how many arrays of indexes belong to a kind of storage
_MOST_SIDES: Final = 64
_MOST_GROUPS: Final = 5000
_LEAST: Final = 8


def identify(blob: Blob) -> bool:
    """Whether `blob` has the magic and the zeros behind it."""
    return blob.head(16) == MAGIC


def parse(source: Source) -> Iterator[Event]:
    """Yield the tensors by type and shape, and what does not hold."""
    cursor = Cursor(source.blob, len(MAGIC))
    groups: dict[tuple[str, tuple[int, ...]], Tensor] = {}
    trouble, stored = "", 0
    try:
        count = _count(cursor)
        for number in range(count):
            if number % 4096 == 0:
                source.budget.tick()
            tensor = _read(cursor)
            if tensor is None:
                continue
            stored += tensor.size or 0
            key = (tensor.dtype, tensor.shape)
            if key in groups:
                groups[key].count += 1
            elif len(groups) < _MOST_GROUPS:
                groups[key] = tensor
        names = _count(cursor)
        for _ in range(names):
            cursor.skip(cursor.u64())
        if names not in (0, count):
            raise ReadError(f"{count} arrays have {names} names", cursor.position)
    except ReadError as error:
        trouble = f"the parameters are broken: {error}"
        yield Anomaly(kind="model-structure", message=trouble, at=Location(error.offset))
    yield from groups.values()
    yield Skipped("tensor data", stored)
    if trouble:
        yield Incomplete(trouble)
    if cursor.left:
        if not trouble:
            message = f"{cursor.left} bytes stand behind the names"
            yield Anomaly(kind="trailing-bytes", message=message, at=Location(cursor.position))
        yield Child(f"@{cursor.position}", source.blob.sub(cursor.position), role="tail")


def _count(cursor: Cursor) -> int:
    count = cursor.u64()
    if count > cursor.left // _LEAST:
        raise ReadError(f"{count} entries in {cursor.left} bytes", cursor.position)
    return count


def _read(cursor: Cursor) -> Tensor | None:
    """Read an array; `None` for one that is empty. Raises `ReadError`."""
    start = cursor.position
    version = cursor.u32()
    stored: tuple[int, ...] | None = None
    indexes = 0
    if version in (_V2, _V3):
        kind = cursor.u32()
        if kind not in _SPARSE:
            raise ReadError(f"there is no storage of type {kind}", start)
        indexes = _SPARSE[kind]
        stored = _shape(cursor, cursor.u32(), 8) if indexes else None
        sides = cursor.u32()
        if version == _V3 and sides == 0xFFFFFFFF:
            return None
    elif version == _V1:
        sides = cursor.u32()
    else:
        sides = version  # before there were versions: four bytes a side
    shape = _shape(cursor, sides, 8 if version in (_V1, _V2, _V3) else 4)
    if not shape and version != _V3:
        return None
    cursor.skip(8)  # the device
    dtype, width = _type(cursor)
    extra = [(_type(cursor)[1], _shape(cursor, cursor.u32(), 8)) for _ in range(indexes)]
    size = _size(width, shape if stored is None else stored)
    total = size + sum(_size(*one) for one in extra)
    cursor.skip(total)
    return Tensor(name="", dtype=dtype, shape=shape, size=total, at=Location(start))


def _type(cursor: Cursor) -> tuple[str, int]:
    code = cursor.u32()
    if code >= len(_TYPES):
        raise ReadError(f"there is no type {code}", cursor.position)
    return _TYPES[code]


def _shape(cursor: Cursor, sides: int, width: int) -> tuple[int, ...]:
    if sides > _MOST_SIDES:
        raise ReadError(f"an array of {sides} dimensions", cursor.position)
    raw = cursor.read(sides * width)
    shape = tuple(
        int.from_bytes(raw[at : at + width], "little", signed=True)
        for at in range(0, len(raw), width)
    )
    if min(shape, default=0) < 0:
        raise ReadError(f"an array has the shape {shape}", cursor.position)
    return shape


def _size(width: int, shape: tuple[int, ...]) -> int:
    size = width
    for side in shape:
        size = min(size * side, 1 << 80)
    return size
