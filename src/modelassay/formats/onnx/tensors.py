"""Tensors of ONNX: what each claims, held against what it has.

Source: `onnx/onnx.proto` of ONNX 1.2 to 1.23 (TensorProto, SparseTensorProto), its
`docs/ExternalData.md` and `onnx/external_data_helper.py`. Elements are not read, but for those of
the smallest tensors.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from math import prod
from typing import Final

import msgspec

from modelassay.core.facts import Anomaly, Location, Metadata, Reference, Tensor
from modelassay.core.values import UNKNOWN, Const, Mapping, Sequence, Value
from modelassay.formats.base import Elements, Event, Skipped, Weights
from modelassay.io.protobuf import BYTES, FIXED32, FIXED64, VARINT, Field, Wire, varint

#: By their numbers: the name, the bits of an element, and the letter `struct` has for it.
_TYPES: Final = (
    ("undefined", 0, ""),
    ("float32", 32, "f"),
    ("uint8", 8, "B"),
    ("int8", 8, "b"),
    ("uint16", 16, "H"),
    ("int16", 16, "h"),
    ("int32", 32, "i"),
    ("int64", 64, "q"),
    ("string", 0, ""),
    ("bool", 8, "?"),
    ("float16", 16, "e"),
    ("float64", 64, "d"),
    ("uint32", 32, "I"),
    ("uint64", 64, "Q"),
    ("complex64", 64, ""),
    ("complex128", 128, ""),
    ("bfloat16", 16, ""),
    ("float8e4m3fn", 8, ""),
    ("float8e4m3fnuz", 8, ""),
    ("float8e5m2", 8, ""),
    ("float8e5m2fnuz", 8, ""),
    ("uint4", 4, ""),
    ("int4", 4, ""),
    ("float4e2m1", 4, ""),
    ("float8e8m0", 8, ""),
    ("uint2", 2, ""),
    ("int2", 2, ""),
    ("float6e2m3", 8, ""),
    ("float6e3m2", 8, ""),
)
TYPES: Final = tuple(name for name, _, _ in _TYPES)
_BITS: Final = {name: bits for name, bits, _ in _TYPES[1:]}
_CODES: Final = {name: code for name, _, code in _TYPES if code}
_DIMS, _TYPE, _FLOATS, _INT32, _STRINGS, _INT64, _NAME, _RAW = 1, 2, 4, 5, 6, 7, 8, 9
_DOUBLES, _UINT64, _EXTERNAL, _LOCATION = 10, 11, 13, 14
_DATA: Final = (_FLOATS, _INT32, _STRINGS, _INT64, _RAW, _DOUBLES, _UINT64)
_SMALL: Final = 16
_MARK: Final = len("__EXTERNAL")  # which old exporters left in place of the elements
_MOST_GROUPS: Final = 1000
_MOST_CONSTANTS: Final = 50_000
_MOST_ANOMALIES: Final = 20
_MOST_PLACES: Final = 50_000
#: The usual head of a tensor: dimensions, type, a short name, and the length of its raw elements.
_PLAIN: Final = re.compile(rb"(?:\x08[\x80-\xff]{0,8}[\0-\x7f])*+\x10[\x01-\x1f]\x42[\0-\x7f]")
_FRONT: Final = 3  # bytes that tell how long a tensor is: its tag, and some of its size
_ROOM: Final = 256  # more than stands before the elements
_MOST_ALIKE: Final = 8  # that start the same
_MOST_AT_ONCE: Final = 10_000
_KEYS: Final = frozenset(("location", "offset", "length", "checksum"))


_RAW_TAG: Final = b"\x4a"

Key = tuple[str, tuple[int, ...]]


class Claim(msgspec.Struct):
    """What a TensorProto says. `stored` is how many bytes of elements it holds itself."""

    at: int
    name: str = ""
    type: int = 0
    dims: list[int] = []
    stored: int = 0
    data: list[Field] = []
    external: list[tuple[str, str]] = []
    outside: bool = False
    dtype: str = ""

    @property
    def key(self) -> Key:
        """The type and shape."""
        return self.dtype, tuple(self.dims[:64])


class _Alike(msgspec.Struct, frozen=True, gc=False):
    """How tensors are written that differ in their names and elements alone.

    `head` stands before the name, `tail` behind it and before the elements, which start `elements`
    bytes from the start; `size` is that of all.
    """

    group: Tensor
    head: bytes
    tail: bytes
    elements: int
    size: int


class Tensors:
    """Takes the tensors of one file, wherever they stand in it; tells in the end what they are."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._groups: dict[Key, Tensor] = {}
        self._alike: dict[bytes, list[_Alike]] = {}
        self._references: dict[str, Reference] = {}
        self._anomalies: dict[str, list[Anomaly]] = {}
        self._outside: dict[str, int] = {}
        self._stored = 0
        self._constants = 0
        self._elements_at: list[Elements] = []

    def take(self, field: Field, path: str) -> Claim:
        """Read the TensorProto that `field` is, and hold it against itself."""
        claim = read_claim(self.wire, field)
        self._stored += claim.stored
        last = claim.data[-1] if claim.data else None
        if last is not None and last.wire == BYTES and len(self._elements_at) < _MOST_PLACES:
            shape = tuple(claim.dims[:64])
            lies = Elements(claim.name, claim.dtype, last.value, last.size, shape)
            self._elements_at.append(lies)
        group = self._group(claim, path)
        group.count += 1
        if claim.external:
            self._refer(claim, path)
        sound = not claim.external
        for kind, message, values in _faults(claim):
            sound = False
            self.note(kind, f"tensor {claim.name[:200]!r} {message}", claim.at, path, *values)
        if sound and len(self._elements_at) >= _MOST_PLACES:
            self._learn(field, claim, group)
        return claim

    def take_alike(self, position: int, end: int) -> tuple[list[str], int]:
        """Take the tensors from `position` on that are as others before them but for their names.

        Returns their names, and where the first of another kind would stand.
        """
        names: list[bytes] = []
        met = -1
        while met < len(names) < _MOST_AT_ONCE and position < end:
            met = len(names)
            data, at = self.wire.window(position)
            for alike in self._alike.get(data[at : at + _FRONT], ()):
                size = alike.size
                most = min(len(data) - _ROOM - at, end - position - size) // size + 1
                found = _names(alike, data, at, most)
                if found:
                    names += found
                    alike.group.count += len(found)
                    self._stored += len(found) * (size - alike.elements)
                    position += len(found) * size
                    break
        return [name.decode("utf-8", "backslashreplace") for name in names], position

    def _learn(self, field: Field, claim: Claim, group: Tensor) -> None:
        """Remember how a tensor is written whose elements nobody asks for."""
        wanted = 0 < prod(claim.dims) <= _SMALL and self._constants <= _MOST_CONSTANTS
        data, at = self.wire.window(field.at)
        head = _PLAIN.match(data, at + field.value - field.at)
        known = self._alike.setdefault(data[at : at + _FRONT], [])
        if head is None or wanted or len(known) >= _MOST_ALIKE or len(self._alike) > _MOST_GROUPS:
            return
        name_end = head.end() + data[head.end() - 1]
        length, elements = varint(data, name_end + 1)
        whole = elements - at + length == field.end - field.at
        if data[name_end : name_end + 1] == _RAW_TAG and whole and length == claim.stored:
            front, back = data[at : head.end()], data[name_end:elements]
            known.append(_Alike(group, front, back, elements - at, field.end - field.at))

    def _group(self, claim: Claim, path: str) -> Tensor:
        """Return the fact that stands for all tensors of this type and shape."""
        key = claim.key
        if key not in self._groups and len(self._groups) >= _MOST_GROUPS:
            key = (claim.dtype, ())
        group = self._groups.get(key)
        if group is None:
            size = claim.stored if not claim.external else None
            place = Location(claim.at, path)
            group = Tensor(name=claim.name, dtype=key[0], shape=key[1], size=size, at=place)
            group.count = 0
            self._groups[key] = group
        return group

    def take_sparse(self, field: Field, path: str) -> None:
        """Read the SparseTensorProto that `field` is: two tensors and a shape."""
        for inner in self.wire.inside(field):
            if inner.number in (1, 2) and inner.wire == BYTES:
                self.take(inner, path)

    def constant(self, claim: Claim) -> Value:
        """Return the elements of a small tensor, unknown of others, and of too many of them."""
        count = prod(claim.dims)
        if not 0 < count <= _SMALL or claim.external or self._constants > _MOST_CONSTANTS:
            return UNKNOWN
        self._constants += 1
        values = self._elements(claim)
        if len(values) != count:
            return UNKNOWN
        plain = tuple(Const(value) for value in values)
        return plain[0] if not claim.dims or count == 1 else Sequence("list", plain)

    def events(self) -> Iterator[Event]:
        """Yield what was taken."""
        yield from self._groups.values()
        yield from self._references.values()
        yield from (Weights(name, size) for name, size in self._outside.items())
        if self._outside:
            pairs = tuple((Const(name), Const(end)) for name, end in self._outside.items())
            yield Metadata(key="external-data-ends", value=Mapping(pairs))
        for anomalies in self._anomalies.values():
            yield from anomalies
        if self._stored:
            yield Skipped("tensor data", self._stored)
        yield from self._elements_at

    def note(self, kind: str, message: str, at: int, path: str, *values: int | str) -> None:
        """Note an anomaly; past the first few of a kind they are only counted."""
        noted = self._anomalies.setdefault(kind, [])
        if len(noted) >= _MOST_ANOMALIES:
            noted[0].count += 1
            return
        constants = tuple(Const(value) for value in values)
        noted.append(Anomaly(kind=kind, message=message, values=constants, at=Location(at, path)))

    def _refer(self, claim: Claim, path: str) -> None:
        entries = dict(claim.external)
        target = entries.get("location", "")
        # Of several names of one key any may be the one a loader takes.
        for name in dict.fromkeys([value for key, value in claim.external if key == "location"]):
            self._reference(name, Location(claim.at, path))
        if "location" not in entries:
            self._reference("", Location(claim.at, path))
        offset, length = entries.get("offset", ""), entries.get("length", "")
        size = int(length[:20]) if length.isdecimal() else _size(claim)
        end = size + (int(offset[:20]) if offset.isdecimal() else 0)
        if target in self._references:
            self._outside[target] = max(self._outside.get(target, 0), end)
        for key, value in claim.external:
            if key not in _KEYS and not key.startswith("prepacked"):
                message = (
                    f"tensor {claim.name[:200]!r} has external data with the key {key[:200]!r}"
                )
                self.note("external-data-key", message, claim.at, path, key[:200])
            elif key in ("offset", "length") and not (
                value.isdecimal() and int(value[:40]) < 1 << 63
            ):
                message = f"tensor {claim.name[:200]!r} has external data of {key} {value[:200]!r}"
                self.note("external-data-range", message, claim.at, path, value[:200])

    def _reference(self, target: str, place: Location) -> None:
        known = self._references.get(target)
        if known is not None:
            known.count += 1
        elif len(self._references) < _MOST_GROUPS:
            self._references[target] = Reference(target=target, role="external-data", at=place)

    def _elements(self, claim: Claim) -> list[int | float | str | bool]:
        wire, values = self.wire, []  # type: Wire, list[int | float | str | bool]
        for field in claim.data:
            if field.number == _RAW and claim.dtype in _CODES:
                code, data = _CODES[claim.dtype], wire.bytes(field, 16 * _SMALL)
                count = len(data) // struct.calcsize(code)
                values = list(struct.unpack_from(f"<{count}{code}", data))
            elif field.number in (_INT32, _INT64, _UINT64):
                values += wire.integers(field, 10 * _SMALL)
            elif field.number == _FLOATS:
                values += wire.floats(field, 4 * _SMALL)
            elif field.number == _STRINGS:
                values.append(wire.text(field, 256))
        return values[: _SMALL + 1]


def _names(alike: _Alike, data: bytes, at: int, most: int) -> list[bytes]:
    """Return the names of up to `most` tensors from `at` on that are written as `alike` says."""
    head, tail = alike.head, alike.tail
    to_name, to_tail = len(head), alike.elements - len(tail)
    names: list[bytes] = []
    for start in range(at, at + most * alike.size, alike.size):
        if not (data.startswith(head, start) and data.startswith(tail, start + to_tail)):
            break
        names.append(data[start + to_name : start + to_tail])
    return names


def _size(claim: Claim) -> int:
    """Return the bytes of a tensor's elements, by its type and shape."""
    return (max(prod(claim.dims), 0) * _BITS.get(claim.dtype, 0) + 7) // 8


def read_claim(wire: Wire, tensor: Field) -> Claim:
    """Return what the TensorProto that `tensor` is says. Of a field given twice the last counts."""
    claim = Claim(tensor.at, dims=[], data=[], external=[])
    raw = 0
    for field in wire.inside(tensor):
        number = field.number
        if number == _DIMS and field.wire in (VARINT, BYTES):
            claim.dims += wire.integers(field, 1 << 12)
        elif number == _TYPE and field.wire == VARINT:
            claim.type = field.value & 0xFFFFFFFF
        elif number == _NAME and field.wire == BYTES:
            claim.name = wire.text(field, 1000)
        elif number == _RAW and field.wire == BYTES:
            raw = field.size
            claim.data.append(field)
        elif number in _DATA:
            claim.stored += field.size or 1
            if len(claim.data) <= _SMALL:
                claim.data.append(field)
        elif number == _EXTERNAL and field.wire == BYTES:
            claim.external.append(pair(wire, field))
        elif number == _LOCATION and field.wire == VARINT:
            claim.outside = field.value == 1
    claim.stored += raw
    claim.dtype = TYPES[claim.type] if 0 < claim.type < len(TYPES) else f"type-{claim.type}"
    return claim


def pair(wire: Wire, entry: Field) -> tuple[str, str]:
    """Return the key and the value of a StringStringEntryProto."""
    key = value = ""
    for field in wire.inside(entry):
        if field.wire == BYTES and field.number in (1, 2):
            text = wire.text(field)
            key, value = (text, value) if field.number == 1 else (key, text)
    return key, value


def _faults(claim: Claim) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield what does not fit: the kind of anomaly, the rest of a sentence, figures."""
    count = prod(claim.dims[:64])
    if min(claim.dims, default=0) < 0 or count >= 1 << 63 or len(claim.dims) > 64:
        yield "tensor-shape", f"has the shape {claim.dims[:64]}", ()
        return
    bits = _BITS.get(claim.dtype)
    if claim.outside or claim.external:
        if claim.stored > _MARK:
            yield "tensor-twice", "has elements both here and outside", (claim.stored,)
        return
    if bits is None or claim.dtype == "string":
        if bits is None and claim.stored:
            yield "tensor-type", f"has an element type that is not known: {claim.type}", ()
        return
    wanted = (count * bits + 7) // 8
    if _misfit(claim, count, wanted):
        message = f"of shape {claim.dims} and {claim.dtype} has {claim.stored} bytes"
        yield "tensor-size", message, (wanted, claim.stored)


def _misfit(claim: Claim, count: int, wanted: int) -> bool:
    """Whether the elements a tensor holds cannot be those it claims."""
    if not claim.data:
        return count > 0
    last = claim.data[-1]
    if last.number == _RAW:
        return claim.stored != wanted
    if last.number in (_FLOATS, _DOUBLES) and last.wire in (BYTES, FIXED32, FIXED64):
        return claim.stored != wanted
    # A varint takes 1 to 10 bytes; of the types under 8 bits several share one.
    return not (wanted // 8 if wanted < count else count) <= claim.stored <= 10 * max(count, 1)
