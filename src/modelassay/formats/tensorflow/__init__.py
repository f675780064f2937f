"""TensorFlow: SavedModel, MetaGraph and GraphDef, told apart by what they hold.

Source: saved_model.proto, meta_graph.proto and saved_object_graph.proto in
`tensorflow/core/protobuf/`, graph.proto in `tensorflow/core/framework/`, TensorFlow 1.0 to 2.21.
There is no magic number: a file is taken for one of them if a plausible node or function stands
where it has to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Graph, Location, Metadata, Reference
from modelassay.core.graph import Entry
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Refined, Skipped, Source
from modelassay.formats.tensorflow.graphs import Graphs, plausible_graph
from modelassay.formats.tensorflow.meta import MetaGraph
from modelassay.io.blob import Blob
from modelassay.io.protobuf import BYTES, Field, Trial, Wire

_MOST_CHILDREN: Final = 500
#: The fields of each of the messages.
_KNOWN: Final = {
    "saved-model": range(1, 3),
    "meta-graph": range(1, 8),
    "graph": range(1, 6),
}
NESTED: Final = "nested graph"


def identify(blob: Blob) -> bool:
    """Whether `blob` is a SavedModel, a MetaGraph or a GraphDef."""
    return bool(_kind(blob))


def parse(source: Source) -> Iterator[Event]:
    """Yield the graphs with their entries, the assets, and what is nested in constants."""
    wire, whole = Wire(source.blob), _whole(source.blob)
    kind = _kind(source.blob) or "graph"
    yield Refined(f"tensorflow-{kind}")
    graphs = Graphs(wire, source.budget)
    limit: BudgetError | None = None
    try:
        if kind == "graph":
            network = graphs.network([whole])
            if source.dialect == NESTED:
                network.entries.append(Entry("nested", "", "main"))
            yield Graph(dialect="tensorflow", network=network)
        for field in _meta_graphs(wire, whole, kind):
            yield from _meta_graph(graphs, source.blob, field)
    except BudgetError as error:
        limit = error
    yield from graphs.anomalies
    if source.deep:
        yield from graphs.elements
    if graphs.stored:
        yield Skipped("tensor data", graphs.stored)
    yield from _nested(graphs, source.blob)
    yield from _unknown(wire, whole, kind)
    for fault in wire.faults:
        yield Anomaly(kind="protobuf-structure", message=fault.message, at=Location(fault.offset))
    if wire.faults:
        yield Incomplete(f"the message is broken: {wire.faults[0].message}")
    if limit is not None:
        raise limit


def _meta_graph(graphs: Graphs, blob: Blob, field: Field) -> Iterator[Event]:
    meta = MetaGraph(graphs.wire, field)
    network = graphs.network(meta.graphs)
    main = network.parts[0]
    for node in meta.assets:
        main.constants.pop(node, None)  # a loader puts the path of the asset in its place
        main.inputs = (*main.inputs, node)
    main.nodes = [node for node in main.nodes if node.outputs[0] not in meta.assets]
    network.entries += meta.entries()
    yield Graph(dialect="tensorflow", network=network, at=Location(field.at))
    for name, at in meta.files:
        yield Reference(target=name, role="asset", at=Location(at))
    for key, text, at in meta.texts:
        yield Metadata(key=key, value=Const(text), at=Location(at))
    for name, inner in meta.metadata[:_MOST_CHILDREN]:
        yield Child(f"{name}@{inner.value}", blob.sub(inner.value, inner.size), role="payload")


def _unknown(wire: Wire, whole: Field, kind: str) -> Iterator[Event]:
    """Yield what no schema knows, and the rest of a message that is broken."""
    known, faults, children = 0, len(wire.faults), 0
    for field in wire.inside(whole):
        if field.number in _KNOWN[kind]:
            known = field.end
        elif field.wire == BYTES and children < _MOST_CHILDREN:
            children += 1
            yield Anomaly(
                kind="protobuf-unknown-field",
                message=f"no schema knows the field {field.number} of {field.size} bytes",
                values=(Const(field.number), Const(field.size)),
                at=Location(field.at),
            )
            yield Child(f"@{field.value}", wire.blob.sub(field.value, field.size), role="gap")
    if len(wire.faults) > faults and known < wire.blob.size:
        del wire.faults[faults:]
        yield Child(f"@{known}", wire.blob.sub(known), role="tail")


def _nested(graphs: Graphs, blob: Blob) -> Iterator[Event]:
    for place, field in graphs.nested[:_MOST_CHILDREN]:
        yield Anomaly(
            kind="nested-graph",
            message=f"a string of {field.size} bytes is a graph itself",
            values=(Const(field.size),),
            at=Location(field.at, visible(place)),
        )
        inner = blob.sub(field.value, field.size)
        yield Child(
            f"graph@{field.value}", inner, role="payload", format="tensorflow", dialect=NESTED
        )


def _kind(blob: Blob) -> str | None:
    """Return which of the messages `blob` is: that of the outermost that fits."""
    wire, whole = Trial(blob), _whole(blob)
    if any(_is_meta_graph(wire, field) for field in _of(wire, whole, 2)):
        return "saved-model"
    if _is_meta_graph(Trial(blob), whole):
        return "meta-graph"
    return "graph" if plausible_graph(Trial(blob), whole) else None


def _is_meta_graph(wire: Wire, field: Field) -> bool:
    return any(plausible_graph(wire, inner) for inner in _of(wire, field, 2))


def _meta_graphs(wire: Wire, whole: Field, kind: str) -> list[Field]:
    if kind == "saved-model":
        return list(_of(wire, whole, 2))
    return [whole] if kind == "meta-graph" else []


def _of(wire: Wire, message: Field, number: int) -> Iterator[Field]:
    for field in wire.inside(message):
        if field.number == number and field.wire == BYTES:
            yield field


def _whole(blob: Blob) -> Field:
    return Field(0, BYTES, 0, blob.size, 0)
