"""Graphs of MediaPipe (`.binarypb`): a serialized `CalculatorGraphConfig`.

Source: `mediapipe/framework/calculator.proto` of MediaPipe 0.8 to 0.10. Calculators are C++ classes
that the application brings; a graph names them, the streams between them, and files in options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.protobuf import BYTES, Field, Wire

_LARGEST: Final = 16 << 20
_LONGEST: Final = 300
_MOST: Final = 5000
_DEEPEST: Final = 12
_NODE, _PROFILER = 1, 18
_CALCULATOR, _OPTIONS, _NODE_OPTIONS = 2, 7, 8
_TRACE_PATH: Final = 9
#: Fields of a graph: 1 to 20, and some of old with numbers above 1000.
_FIELDS: Final = frozenset((*range(1, 21), *range(1001, 1007)))
_STREAMS: Final = frozenset((3, 4, 5, 6, 1005))
_NAME: Final = re.compile(r"[A-Za-z_*][\w.*:<>, -]{0,200}\Z")
_STREAM: Final = re.compile(r"(?:[A-Z_][A-Z0-9_]*:)?(?:\d+:)?[a-z_0-9]\w*\Z")
_PATHLIKE: Final = re.compile(
    r"(?=[^\x00-\x1f\x7f\ufffd]*\Z)"
    r"(?:[~$\s]|[A-Za-z][\w+.-]*:|.*(?:[/\\]|%[0-9A-Fa-f]{2}|[^\x00-\x7f]|"
    r"\.(?:tflite|task|txt|pb|binarypb)\Z))"
)


def identify(blob: Blob) -> bool:
    """Whether all fields are those of a graph, with calculators and streams named as they are."""
    if not 8 < blob.size <= _LARGEST:
        return False
    wire = Wire(blob)
    nodes = 0
    for field in wire.fields():
        if field.number not in _FIELDS or (field.number == _NODE and field.wire != BYTES):
            return False
        if field.number == _NODE:
            if not _is_node(wire, field):
                return False
            nodes += 1
    return nodes > 0 and not wire.faults


def _is_node(wire: Wire, node: Field) -> bool:
    calculator, streams = "", 0
    for field in wire.inside(node):
        if field.number > 17 and field.number != 1005:
            return False
        if field.number == _CALCULATOR and field.wire == BYTES:
            calculator = wire.text(field)
        elif field.number in _STREAMS:
            if field.wire != BYTES or not _STREAM.match(wire.text(field)):
                return False
            streams += 1
    return bool(_NAME.match(calculator)) and calculator[:1] != "." and streams > 0


def parse(source: Source) -> Iterator[Event]:
    """Yield the calculators, and the files that their options name."""
    wire = Wire(source.blob)
    counts: dict[str, tuple[int, int]] = {}
    files: list[Reference] = []
    for field in wire.fields():
        if field.wire != BYTES:
            continue
        if field.number == _NODE:
            name = _calculator(wire, field)
            first, count = counts.get(name, (field.at, 0))
            if name in counts or len(counts) < _MOST:
                counts[name] = (first, count + 1)
            files += _files(wire, field, name) if len(files) < _MOST else []
        elif field.number == _PROFILER:
            files += _trace(wire, field)
    for name, (at, count) in counts.items():
        yield Reference(role="calculator", target=name[:_LONGEST], at=Location(at), count=count)
    yield from files[:_MOST]
    for fault in wire.faults:
        message = f"the graph is broken: {fault.message}"
        yield Anomaly(kind="protobuf-structure", message=message, at=Location(fault.offset))
    if wire.faults:
        yield Incomplete("a part of the graph could not be read")


def _calculator(wire: Wire, node: Field) -> str:
    named = (one for one in wire.inside(node) if one.number == _CALCULATOR and one.wire == BYTES)
    return next((wire.text(one) for one in named), "")


def _files(wire: Wire, node: Field, name: str) -> Iterator[Reference]:
    """Yield texts in the options of a node that read as paths, at any depth."""
    options = (_OPTIONS, _NODE_OPTIONS)
    pending = [(one, 0) for one in wire.inside(node) if one.number in options and one.wire == BYTES]
    while pending:
        field, depth = pending.pop()
        text = wire.text(field, _LONGEST)
        if depth and _PATHLIKE.match(text) and "type.googleapis.com/" not in text:
            at = Location(field.at, name[:100])
            yield Reference(role="calculator-file", target=text, at=at)
        elif depth < _DEEPEST:
            inner = Wire(wire.blob)
            fields = [one for one in inner.fields(field.value, field.end) if one.wire == BYTES]
            if not inner.faults:
                pending += [(one, depth + 1) for one in reversed(fields)]


def _trace(wire: Wire, profiler: Field) -> Iterator[Reference]:
    for field in wire.inside(profiler):
        if field.number == _TRACE_PATH and field.wire == BYTES:
            yield Reference(
                role="trace-file", target=wire.text(field, _LONGEST), at=Location(field.at)
            )
