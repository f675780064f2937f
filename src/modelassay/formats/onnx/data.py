"""A tensor, or a sequence of them, in a file of its own, as ONNX keeps inputs and outputs of tests.

Source: `onnx/onnx.proto` (TensorProto) and `onnx/onnx-data.proto` (SequenceProto, MapProto,
OptionalProto) of ONNX 1.2 to 1.23. There is nothing to tell them by but their fields, so all of
them must be of the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.formats.base import Event, Source
from modelassay.formats.onnx import faults
from modelassay.formats.onnx.tensors import TYPES, Tensors
from modelassay.io.blob import Blob
from modelassay.io.protobuf import BYTES, FIXED32, FIXED64, VARINT, Field, Wire

_TENSOR: Final = {
    **dict.fromkeys((1, 5, 7, 11), (VARINT, BYTES)),
    **dict.fromkeys((3, 6, 8, 9, 12, 13, 16), (BYTES,)),
    **dict.fromkeys((2, 14), (VARINT,)),
    4: (FIXED32, BYTES),
    10: (FIXED64, BYTES),
}
_SEQUENCE: Final[dict[int, tuple[int, ...]]] = {
    1: (BYTES,),
    2: (VARINT,),
    **dict.fromkeys(range(3, 8), (BYTES,)),
}
_KINDS: Final = 6  # undefined, tensor, sparse tensor, sequence, map, optional
_MOST_FIELDS: Final = 100_000


def identify(blob: Blob) -> bool:
    """Whether all of `blob` is a TensorProto, or one of the messages that hold some."""
    wire = Wire(blob)
    whole = Field(0, BYTES, 0, blob.size, 0)
    return _is_sequence(wire, whole) or _is_tensor(wire, whole)


def parse(source: Source) -> Iterator[Event]:
    """Yield the tensors."""
    wire = Wire(source.blob)
    tensors = Tensors(wire)
    pending = [Field(0, BYTES, 0, source.blob.size, 0)]
    while pending:
        field = pending.pop()
        if not _is_sequence(wire, field) and _is_tensor(wire, field):
            tensors.take(field, "")
            continue
        for inner in wire.inside(field):
            if inner.number in (3, 5, 6, 7) and inner.wire == BYTES:
                pending.append(inner)
            elif inner.number == 4 and inner.wire == BYTES:
                tensors.take_sparse(inner, "")
    yield from tensors.events()
    yield from faults(wire)


def _is_tensor(wire: Wire, message: Field) -> bool:
    dtype, numbers = 0, set()
    broken = len(wire.faults)
    for count, field in enumerate(wire.inside(message)):
        if field.wire not in _TENSOR.get(field.number, ()) or count > _MOST_FIELDS:
            return False
        numbers.add(field.number)
        dtype = field.value if field.number == 2 else dtype
    told = numbers & {4, 5, 6, 7, 8, 9, 10, 11, 13}
    return 0 < dtype < len(TYPES) and bool(told) and len(wire.faults) == broken


def _is_sequence(wire: Wire, message: Field) -> bool:
    """Whether a field is a sequence, map or optional: a name, a kind of elements, and those."""
    numbers, broken = set(), len(wire.faults)
    for count, field in enumerate(wire.inside(message)):
        if field.wire not in _SEQUENCE.get(field.number, ()) or count > _MOST_FIELDS:
            return False
        if field.number == 1 and not wire.text(field, 256).isprintable():
            return False
        if field.number == 2 and field.value >= _KINDS:
            return False
        if field.number == 3 and not _is_tensor(wire, field):
            return False
        if field.number > 4 and not _holds(wire, field, _SEQUENCE):
            return False
        numbers.add(field.number)
    return {1, 2} <= numbers and len(wire.faults) == broken


def _holds(wire: Wire, message: Field, known: dict[int, tuple[int, ...]]) -> bool:
    """Whether a field holds nothing but fields that are known."""
    broken = len(wire.faults)
    fields = (field.wire in known.get(field.number, ()) for field in wire.inside(message))
    return all(fields) and len(wire.faults) == broken
