"""ONNX Runtime's own format (`.ort`): a flatbuffer with the model as the runtime has optimised it.

Source: `onnxruntime/core/flatbuffers/schema/ort.fbs` of ONNX Runtime 1.6 to 1.23.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Graph, Location, Metadata, Tensor
from modelassay.core.graph import Network, Node, Part
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.formats.onnx.tensors import TYPES
from modelassay.io.blob import Blob
from modelassay.io.flatbuffer import Flatbuffer, Table

IDENTIFIER: Final = b"ORTM"
_MOST_NODES: Final = 400_000
_MOST_TEXT: Final = 1000
_MOST_PAIRS: Final = 5000
_MOST_GROUPS: Final = 1000
_HEADINGS: Final = {2: "producer_name", 3: "producer_version", 4: "domain", 6: "doc_string"}
_BYTES: Final = (0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8, 8, 16, 2, 1, 1, 1, 1)


def identify(blob: Blob) -> bool:
    """Whether `blob` bears the identifier of a session."""
    return blob.head(8)[4:] == IDENTIFIER


def parse(source: Source) -> Iterator[Event]:
    """Yield the metadata, the graphs and what does not fit."""
    buffer = Flatbuffer(source.blob)
    root = buffer.root()
    model = root.table(1) if root is not None else None
    if model is None:
        yield from _faults(buffer, "there is no model in the session")
        return
    for field, key in _HEADINGS.items():
        text = model.text(field, _MOST_TEXT)
        if text:
            yield Metadata(key=key, value=Const(text), at=Location(model.start))
    for count, entry in enumerate(model.tables(9)):
        if count < _MOST_PAIRS:
            value = Const(entry.text(1, _MOST_TEXT))
            yield Metadata(key=entry.text(0, _MOST_TEXT), value=value, at=Location(entry.start))
    reading = _Reading(source, buffer)
    limit: BudgetError | None = None
    try:
        reading.run(model)
    except BudgetError as error:
        limit = error
    yield Graph(dialect="onnx", network=reading.network)
    yield from reading.tensors.values()
    yield from reading.anomalies[:20]
    if reading.stored:
        yield Skipped("tensor data", reading.stored)
    yield from _faults(buffer)
    if buffer.reach < source.blob.size:
        yield Child(f"@{buffer.reach}", source.blob.sub(buffer.reach), role="tail")
    if limit is not None:
        raise limit


def _faults(buffer: Flatbuffer, message: str = "") -> Iterator[Event]:
    for fault in buffer.faults:
        yield Anomaly(kind="flatbuffer-structure", message=fault.message, at=Location(fault.offset))
    if message:
        yield Anomaly(kind="flatbuffer-structure", message=message, at=Location(0))
    if buffer.faults or message:
        yield Incomplete(f"the flatbuffer is broken: {message or buffer.faults[0].message}")


class _Reading:
    """The graphs of one session, read one after another."""

    def __init__(self, source: Source, buffer: Flatbuffer) -> None:
        self.budget = source.budget
        self.buffer = buffer
        self.network = Network([], [])
        self.tensors: dict[tuple[int, tuple[int, ...]], Tensor] = {}
        self.anomalies: list[Anomaly] = []
        self.stored = 0
        self._tasks: deque[tuple[Table, Part]] = deque()
        self._seen: dict[int, str] = {}
        self._nodes = 0

    def run(self, model: Table) -> None:
        """Read the main graph and all below it. Raises `BudgetError`."""
        graph = model.table(7)
        if graph is not None:
            self._queue(graph, "main", None)
        while self._tasks:
            self._graph(*self._tasks.popleft())

    def _queue(self, graph: Table, name: str, parent: str | None) -> str:
        """Let a graph be read, once, wherever it is named; return the name of its part."""
        known = self._seen.get(graph.start)
        if known is not None:
            return known
        part = Part(name, nodes=[], constants={}, parent=parent)
        self.network.parts.append(part)
        self._seen[graph.start] = name
        self._tasks.append((graph, part))
        return name

    def _graph(self, graph: Table, part: Part) -> None:
        for tensor in graph.tables(0):
            self._tensor(tensor)
            part.constants[tensor.text(0, _MOST_TEXT)] = Const(None)
        part.outputs = tuple(graph.texts(6, _MOST_TEXT))
        part.inputs = tuple(
            name for name in graph.texts(5, _MOST_TEXT) if name not in part.constants
        )
        part.constants.clear()
        most = graph.number(3, "<I")
        for node in graph.tables(2):
            self._nodes += 1
            if self._nodes > _MOST_NODES:
                raise BudgetError("nodes", f"there are more than {_MOST_NODES} nodes")
            if self._nodes % 1024 == 0:
                self.budget.tick()
            index = node.number(4, "<I")
            if index >= most:
                self._note("ort-index", f"there is no node {index} among {most}", node.start)
            part.nodes.append(self._node(node, part))

    def _node(self, node: Table, part: Part) -> Node:
        attrs, calls = [], []
        for attribute in node.tables(10):
            name = attribute.text(0, _MOST_TEXT)
            if attribute.at(5) is not None:
                attrs.append((name, Const(attribute.text(5, _MOST_TEXT))))
            elif attribute.at(4, 8) is not None:
                attrs.append((name, Const(attribute.number(4, "<q"))))
            inner = attribute.table(7)
            for graph in (*([inner] if inner is not None else []), *attribute.tables(12)):
                label = f"{name}.{len(self.network.parts)}"
                calls.append((name, self._queue(graph, label, part.name)))
        domain = node.text(2, _MOST_TEXT)
        return Node(
            node.text(5, _MOST_TEXT),
            tuple(node.texts(8, _MOST_TEXT)),
            tuple(node.texts(9, _MOST_TEXT)),
            "" if domain == "ai.onnx" else domain,
            node.text(0, _MOST_TEXT),
            tuple(attrs),
            tuple(calls),
            node.start,
        )

    def _tensor(self, tensor: Table) -> None:
        """Hold a tensor against the bytes it has."""
        dims, kind = tensor.numbers(2, "<q", 64), tensor.number(3)
        data = tensor.vector(4, 1)
        size = data.size if data is not None else 0
        self.stored += size
        key = (kind, tuple(dims))
        if key in self.tensors:
            self.tensors[key].count += 1
        elif len(self.tensors) < _MOST_GROUPS:
            dtype = TYPES[kind] if 0 <= kind < len(TYPES) else f"type-{kind}"
            name, at = visible(tensor.text(0, 200)), Location(tensor.start)
            self.tensors[key] = Tensor(name=name, dtype=dtype, shape=key[1], size=size, at=at)
        count = 1
        for side in dims:
            count *= side
        if min(dims, default=0) < 0 or count >= 1 << 63:
            self._note("tensor-shape", f"a tensor has the shape {dims}", tensor.start)
            return
        width = _BYTES[kind] if 0 < kind < len(_BYTES) else 0
        if data is not None and width and size != count * width:
            message = f"a tensor of shape {dims} has {size} bytes"
            self._note("tensor-size", message, tensor.start)

    def _note(self, kind: str, message: str, at: int) -> None:
        if len(self.anomalies) < _MOST_TEXT:
            self.anomalies.append(Anomaly(kind=kind, message=message, at=Location(at)))
