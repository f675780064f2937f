"""Parameters of PaddlePaddle in one file (`.pdiparams`): tensors one behind the other.

Source: `SerializeToStream` in `paddle/fluid/framework/lod_tensor.cc` and `TensorToStream` in
`tensor_util.cc` of PaddlePaddle 1.8 to 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location, Tensor
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.io.blob import Blob, Memory
from modelassay.io.cursor import Cursor
from modelassay.io.protobuf import BYTES, VARINT, Wire

_LARGEST_DESCRIPTION: Final = 1 << 12
_MOST_LEVELS: Final = 64
_MOST_GROUPS: Final = 5000
_TYPES: Final = {
    0: ("bool", 1), 1: ("int16", 2), 2: ("int32", 4), 3: ("int64", 8), 4: ("float16", 2),
    5: ("float32", 4), 6: ("float64", 8), 19: ("uint64", 8), 20: ("uint8", 1), 21: ("int8", 1),
    22: ("bfloat16", 2), 23: ("complex64", 8), 24: ("complex128", 16), 32: ("float8_e4m3fn", 1),
    33: ("float8_e5m2", 1),
}  # fmt: skip


def identify(blob: Blob) -> bool:
    """Whether a tensor stands at the start, and another or nothing behind it."""
    cursor = Cursor(blob)
    try:
        _read(cursor)
        return not cursor.left or cursor.u32() == 0
    except ReadError:
        return False


def parse(source: Source) -> Iterator[Event]:
    """Yield the tensors by type and shape, and what stands behind the last."""
    cursor = Cursor(source.blob)
    groups: dict[tuple[str, tuple[int, ...]], Tensor] = {}
    stored = position = count = 0
    trouble = ""
    while cursor.left and not trouble:
        position = cursor.position
        count += 1
        if count % 4096 == 0:
            source.budget.tick()
        try:
            tensor = _read(cursor)
        except ReadError as error:
            trouble = f"the tensor at {position} does not hold: {error}"
            yield Anomaly(kind="model-structure", message=trouble, at=Location(error.offset))
            continue
        stored += tensor.size or 0
        key = (tensor.dtype, tensor.shape)
        if key in groups:
            groups[key].count += 1
        elif len(groups) < _MOST_GROUPS:
            groups[key] = tensor
    yield from groups.values()
    yield Skipped("tensor data", stored)
    if trouble:
        yield Incomplete(trouble)
        yield Child(f"@{position}", source.blob.sub(position), role="tail")


def _read(cursor: Cursor) -> Tensor:
    """Read a tensor. Raises `ReadError`."""
    start = cursor.position
    version, levels = cursor.u32(), cursor.u64()
    if version or levels > _MOST_LEVELS:
        raise ReadError("no tensor starts here", start)
    for _ in range(levels):
        cursor.skip(cursor.u64())
    version, size = cursor.u32(), cursor.u32()
    if version or size > _LARGEST_DESCRIPTION:
        raise ReadError("no description of a tensor stands here", cursor.position)
    wire = Wire(Memory(cursor.read(size)))
    code, shape = -1, []
    for field in wire.fields():
        if field.number == 1 and field.wire == VARINT:
            code = field.value
        elif field.number == 2 and field.wire in (VARINT, BYTES):
            shape += wire.integers(field)
    if wire.faults or code not in _TYPES or min(shape, default=0) < 0 or len(shape) > 64:
        raise ReadError("the description of a tensor does not hold", cursor.position)
    dtype, data = _TYPES[code]
    for side in shape:
        data = min(data * side, 1 << 80)
    cursor.skip(data)
    return Tensor(name="", dtype=dtype, shape=tuple(shape), size=data, at=Location(start))
