"""Tokenizers of SentencePiece: the vocabulary, and how text is normalized before it is cut.

Sources: `sentencepiece_model.proto` of SentencePiece 0.1.8 to 0.2.3 (ModelProto, TrainerSpec,
NormalizerSpec); `DecodePrecompiledCharsMap` of `normalizer.cc` and the units of
`third_party/darts_clone/darts.h` for the table of rules, a double array that loaders walk.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from sys import byteorder
from typing import Final

from modelassay.core.facts import Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Notes, Source
from modelassay.io.blob import Blob
from modelassay.io.protobuf import BYTES, FIXED32, VARINT, Field, Fields, Trial, Wire

_PIECE, _TRAINER, _NORMALIZER, _TESTS, _DENORMALIZER = range(1, 6)
_FIRST_EXTENSION: Final = 200
_CHARSMAP: Final = 2
_TYPES: Final = {1: "unigram", 2: "bpe", 3: "word", 4: "char"}
#: What trained pieces have is 16 characters unless asked otherwise; symbols of users are words.
_LONGEST: Final = 1 << 16
_LARGEST_MAP: Final = 1 << 24
_MOST_TRIED: Final = 200
_MOST_CHILDREN: Final = 20
_MOST_TEXT: Final = 1000
_TICK: Final = 4096

_LEAF: Final = 1 << 31


def identify(blob: Blob) -> bool:
    """Whether the first fields are pieces of text, each with a score."""
    wire, pieces = Trial(blob, _MOST_TRIED), 0
    for field in wire.fields():
        if field.wire != BYTES or field.number > _DENORMALIZER:
            return False
        if field.number != _PIECE:
            return pieces > 0
        found = {(one.number, one.wire) for one in wire.inside(field)}
        if not {(1, BYTES), (2, FIXED32)} <= found:
            return False
        pieces += 1
    return pieces > 0


def parse(source: Source) -> Iterator[Event]:
    """Yield what the tokenizer says of itself, and where its tables lead out of bounds."""
    wire, notes = Wire(source.blob), Notes()
    pieces = known = 0
    unknown: list[Field] = []
    fields: Fields = wire.fields()
    onward: int | None = None
    while (field := _next(fields, onward)) is not None:
        onward = None
        if field.number == _PIECE and field.wire == BYTES:
            _check_piece(wire, field, notes)
            count, onward = _plain(wire, field.end)
            pieces += 1 + count
            if count > _TICK or not pieces % _TICK:
                source.budget.tick()
        elif field.number == _TRAINER and field.wire == BYTES:
            yield from _trainer(wire, field)
        elif field.number in (_NORMALIZER, _DENORMALIZER) and field.wire == BYTES:
            yield from _normalizer(wire, field, notes)
        elif field.number != _TESTS and field.number < _FIRST_EXTENSION:
            unknown.append(field)
            continue
        known = field.end if onward is None else onward
    yield Metadata(key="pieces", value=Const(pieces))
    for field in unknown[:_MOST_CHILDREN]:
        message = f"no schema knows the field {field.number} of {field.size} bytes"
        notes.add("protobuf-unknown-field", message, field.at, field.number, field.size)
        if field.wire == BYTES:
            yield Child(f"@{field.value}", source.blob.sub(field.value, field.size), role="gap")
    for fault in wire.faults:
        notes.add("protobuf-structure", fault.message, fault.offset)
    yield from notes.anomalies
    if wire.faults:
        yield Child(f"@{known}", source.blob.sub(known), role="tail")
        yield Incomplete(f"the message is broken: {wire.faults[0].message}")


def _next(fields: Fields, onward: int | None) -> Field | None:
    try:
        return fields.send(onward)
    except StopIteration:
        return None


def _plain(wire: Wire, position: int) -> tuple[int, int]:
    """Pass over short pieces with a score and a type; return how many, and where they end.

    There are some hundred thousand.
    """
    data, at = wire.window(position)
    start, count, last = position - at, 0, len(data) - 128
    while at <= last and data[at] == 0x0A and data[at + 2] == 0x0A:
        size, length = data[at + 1], data[at + 3]
        score = at + 4 + length
        rest = size - length - 7
        if size > 100 or rest not in (0, 2) or data[score] != 0x15:
            break
        if rest and (data[score + 5] != 0x18 or data[score + 6] > 0x7F):
            break
        at += 2 + size
        count += 1
    return count, start + at


def _check_piece(wire: Wire, piece: Field, notes: Notes) -> None:
    for field in wire.inside(piece):
        if field.number == 1 and field.wire == BYTES and field.size > _LONGEST:
            message = f"a piece has {field.size} bytes"
            notes.add("sentencepiece-piece", message, field.at, field.size)


def _trainer(wire: Wire, spec: Field) -> Iterator[Event]:
    """Yield the kind of model, and the names of what it was trained on."""
    for field in wire.inside(spec):
        if field.number == 3 and field.wire == VARINT:
            kind = _TYPES.get(field.value, str(field.value))
            yield Metadata(key="model_type", value=Const(kind))
        elif field.number in (1, 2) and field.wire == BYTES and field.size:
            key = "input" if field.number == 1 else "model_prefix"
            yield Metadata(key=key, value=Const(wire.text(field, _MOST_TEXT)))


def _normalizer(wire: Wire, spec: Field, notes: Notes) -> Iterator[Event]:
    for field in wire.inside(spec):
        if field.number == 1 and field.wire == BYTES and field.size:
            yield Metadata(key="normalization", value=Const(wire.text(field, _MOST_TEXT)))
        elif field.number == _CHARSMAP and field.wire == BYTES and field.size:
            if field.size > _LARGEST_MAP:
                yield Incomplete(f"a table of rules has {field.size} bytes")
            else:
                _check_map(wire.bytes(field, _LARGEST_MAP), field.value, notes)


def _check_map(data: bytes, offset: int, notes: Notes) -> None:
    """Note where the table of rules leads out of itself: its size, its units, its texts."""
    size = struct.unpack_from("<I", data)[0] if len(data) > 4 else 0
    if not 4 <= size < len(data) - 4 or size % 4:
        message = f"a table of rules of {len(data)} bytes claims {size} of units"
        notes.add("sentencepiece-charsmap", message, offset, size, len(data))
        return
    units = array("I", data[4 : 4 + size])
    if byteorder == "big":
        units.byteswap()
    texts, count = len(data) - 4 - size, len(units)
    for index, unit in enumerate(units):
        if unit & _LEAF and index:
            if (unit ^ _LEAF) >= texts:
                message = f"a rule leads to the text at {unit ^ _LEAF} of {texts} bytes"
                notes.add("sentencepiece-charsmap", message, offset + 4 + 4 * index, texts)
            continue
        step = (unit >> 10) << ((unit & 1 << 9) >> 6)
        if (index ^ step) | 0xFF >= count and step:
            message = f"the unit {index} leads to {(index ^ step) | 0xFF} of {count} units"
            notes.add("sentencepiece-charsmap", message, offset + 4 + 4 * index, count)
