"""ONNX: a protobuf message with a graph of operators, its functions, and tensors.

Source: `onnx/onnx.proto` and `docs/IR.md` of ONNX 1.2 to 1.23. There is no magic number: a file is
taken for a model if it has a graph with a node or a typed value in it. Fields that the schema does
not know are passed over by loaders, and so they are here; their bytes are searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Graph, Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.formats.onnx.graphs import Graphs, plausible_graph
from modelassay.formats.onnx.tensors import pair
from modelassay.io.blob import Blob
from modelassay.io.protobuf import BYTES, VARINT, Field, Trial, Wire

_GRAPH: Final = 7
_MOST_PAIRS: Final = 5000
_MOST_CHILDREN: Final = 200
_PREVIEW: Final = 2000
_KNOWN: Final = frozenset((*range(1, 9), 14, 20, 25, 26))
_HEADINGS: Final = {2: "producer_name", 3: "producer_version", 4: "domain", 6: "doc_string"}
_NUMBERS: Final = {1: "ir_version", 5: "model_version"}


def identify(blob: Blob) -> bool:
    """Whether `blob` is a message with a plausible GraphProto where a ModelProto has it."""
    wire = Trial(blob)
    graphs = (field for field in wire.fields() if field.number == _GRAPH and field.wire == BYTES)
    return any(plausible_graph(wire, field) for field in graphs)


def parse(source: Source) -> Iterator[Event]:
    """Yield the metadata, the network, the tensors, what lies outside, and what does not fit."""
    wire = Wire(source.blob)
    graphs = Graphs(wire, source.budget)
    limit: BudgetError | None = None
    known = 0  # where the last field ends that is one of a model
    try:
        for field in wire.fields():
            known = field.end if field.number in _KNOWN else known
            yield from _read(graphs, field)
    except BudgetError as error:
        limit = error
    graphs.link()
    yield from events(graphs, source.blob)
    if wire.faults and known < source.blob.size:  # what is broken may be something else
        yield Child(f"@{known}", source.blob.sub(known), role="tail")
    if limit is not None:
        raise limit


def _read(graphs: Graphs, field: Field) -> Iterator[Event]:
    wire, number = graphs.wire, field.number
    if field.wire == VARINT and number in _NUMBERS:
        yield Metadata(key=_NUMBERS[number], value=Const(field.signed), at=Location(field.at))
    elif field.wire != BYTES:
        return
    elif number in _HEADINGS:
        graphs.texts.append((_HEADINGS[number], field))
    elif number == _GRAPH:
        graphs.graph(field, "main")
    elif number == 8:
        yield _opset(wire, field)
    elif number == 14:
        graphs.pairs.append((*pair(wire, field), field.at))
    elif number == 20:
        graphs.training(field)
    elif number == 25:
        graphs.function(field)
    elif number not in _KNOWN:
        graphs.unknown.append(field)


def events(graphs: Graphs, blob: Blob) -> Iterator[Event]:
    """Yield what was read of a model, its graphs and tensors."""
    wire = graphs.wire
    for key, field in graphs.texts[:_MOST_PAIRS]:
        text = wire.text(field, _PREVIEW)
        size = field.size if field.size > _PREVIEW else None
        yield Metadata(key=key, value=Const(text, size), at=Location(field.at))
    for key, value, at in graphs.pairs[:_MOST_PAIRS]:
        yield Metadata(key=key[:_PREVIEW], value=Const(value[:_PREVIEW]), at=Location(at))
    yield Graph(dialect="onnx", network=graphs.network)
    yield from graphs.tensors.events()
    if graphs.deepest > 0:
        yield from _depth(graphs.deepest)
    yield from faults(wire)
    for found in graphs.blobs[:_MOST_CHILDREN]:
        inner = blob.sub(found.field.value, found.field.size)
        yield Child(f"{found.name}@{found.field.value}", inner, role="payload")
    for field in graphs.unknown[:_MOST_CHILDREN]:
        yield Anomaly(
            kind="protobuf-unknown-field",
            message=f"no schema knows the field {field.number} of {field.size} bytes",
            values=(Const(field.number), Const(field.size)),
            at=Location(field.at),
        )
        yield Child(f"@{field.value}", blob.sub(field.value, field.size), role="gap")


def faults(wire: Wire) -> Iterator[Event]:
    """Yield what is wrong with the messages themselves."""
    for fault in wire.faults:
        yield Anomaly(kind="protobuf-structure", message=fault.message, at=Location(fault.offset))
    if wire.faults:
        yield Incomplete(f"the message is broken: {wire.faults[0].message}")


def _depth(depth: int) -> Iterator[Event]:
    if depth > 16:
        message = f"subgraphs are nested {depth} levels deep"
        yield Anomaly(kind="graph-depth", message=message, values=(Const(depth),))


def _opset(wire: Wire, opset: Field) -> Metadata:
    domain, version = "", 0
    for field in wire.inside(opset):
        if field.number == 1 and field.wire == BYTES:
            domain = wire.text(field, 200)
        elif field.number == 2 and field.wire == VARINT:
            version = field.signed
    return Metadata(key=f"opset {domain}".strip(), value=Const(version), at=Location(opset.at))
