"""Graphs of ONNX: nodes, subgraphs and functions, read into one network.

Source: `onnx/onnx.proto` of ONNX 1.2 to 1.23 (GraphProto, NodeProto, AttributeProto, FunctionProto,
TrainingInfoProto). Subgraphs stand in attributes of nodes, to any depth; they are read one after
another, never by recursion.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from sys import intern
from typing import Final

import msgspec

from modelassay.core.errors import BudgetError
from modelassay.core.graph import Entry, Network, Node, Part
from modelassay.core.packed import PackedNodes
from modelassay.core.values import UNKNOWN, Const, Sequence, Value
from modelassay.formats.onnx.tensors import Tensors, pair
from modelassay.io.budget import Budget
from modelassay.io.protobuf import BYTES, FIXED32, VARINT, Field, Fields, Wire

_MOST_NODES: Final = 4_000_000
_MOST_TEXT: Final = 1000
_SMALL: Final = 16
_TEXTS: Final = (1, 2, 3, 4, 7)  # of a node: its inputs, outputs, name, operator, domain
_ATTRIBUTE: Final = 5
_NODE_TAG, _INPUT_TAG, _OUTPUT_TAG, _NAME_TAG, _OPERATOR_TAG, _DOMAIN_TAG = (
    b"\x0a\x0a\x12\x1a\x22\x3a"
)
_SHORT: Final = 256
_TICK: Final = 1024
#: Protobuf readers give up at 100 nested messages; a subgraph takes three of them.
_DEEPEST: Final = 33


class _Task(msgspec.Struct, frozen=True):
    """A graph or function still to be read, into which part, and how deep it is nested."""

    field: Field
    part: Part
    depth: int
    function: bool = False


class Blob(msgspec.Struct, frozen=True):
    """Bytes in an attribute that are no text."""

    name: str
    field: Field


class Graphs:
    """Reads the graphs of one file."""

    def __init__(self, wire: Wire, budget: Budget) -> None:
        self.wire = wire
        self.budget = budget
        self.tensors = Tensors(wire)
        self.network = Network([], [])
        self.texts: list[tuple[str, Field]] = []
        self.pairs: list[tuple[str, str, int]] = []
        self.blobs: list[Blob] = []
        self.unknown: list[Field] = []
        self.deepest = 0
        self._tasks: deque[_Task] = deque()
        self._functions: set[str] = set()
        self._nodes = self._uncounted = 0

    def graph(self, field: Field, name: str) -> None:
        """Read a GraphProto, and all below it. One that is given twice is merged, as loaders do."""
        part = next((part for part in self.network.parts if part.name == name), None)
        if part is None:
            part = self._part(name)
        self._tasks.append(_Task(field, part, 0))
        self._run()

    def training(self, field: Field) -> None:
        """Read a TrainingInfoProto: two graphs that training runs."""
        for inner in self.wire.inside(field):
            if inner.number in (1, 2) and inner.wire == BYTES:
                kind = "initialization" if inner.number == 1 else "algorithm"
                name = f"{kind}.{len(self.network.parts)}"
                self.graph(inner, name)
                self.network.entries.append(Entry("train", kind, name))

    def function(self, field: Field) -> None:
        """Read a FunctionProto."""
        part = self._part("")
        self._tasks.append(_Task(field, part, 0, function=True))
        self._run()

    def link(self) -> None:
        """Let the nodes that call functions of the file know so."""
        if not self._functions:
            return
        for part in self.network.parts:
            for index, node in enumerate(part.nodes):
                name = f"{node.domain}:{node.op}"
                if name in self._functions:
                    calls = (*node.calls, ("function", name))
                    part.nodes[index] = msgspec.structs.replace(node, calls=calls)

    def _part(self, name: str, parent: str | None = None) -> Part:
        part = Part(name, nodes=PackedNodes(), constants={}, parent=parent)
        self.network.parts.append(part)
        return part

    def _run(self) -> None:
        while self._tasks:
            task = self._tasks.popleft()
            self.deepest = max(self.deepest, task.depth)
            if task.function:
                self._read_function(task)
            else:
                self._read_graph(task)

    def _read_graph(self, task: _Task) -> None:
        wire, part = self.wire, task.part
        inputs, outputs = list(part.inputs), list(part.outputs)
        fields, onward = wire.inside(task.field), None
        end = min(task.field.end, wire.blob.size)
        while (field := _next(fields, onward)) is not None:
            number, onward = field.number, None
            if field.wire != BYTES:
                continue
            if number == 1:
                self._read_node(field, task)
                onward = self._read_plain_nodes(field.end, end, part)
            elif number == 5:
                claim = self.tensors.take(field, f"{part.name}/{len(part.constants)}")
                part.constants[claim.name] = self.tensors.constant(claim)
                names, onward = self.tensors.take_alike(field.end, end)
                part.constants.update(dict.fromkeys(names, UNKNOWN))
            elif number == 15:
                self.tensors.take_sparse(field, part.name)
            elif number in (11, 12):
                (inputs if number == 11 else outputs).append(self._named(field))
            elif number == 10:
                self.texts.append((f"{part.name} doc_string", field))
            elif number == 16:
                self.pairs.append((*pair(wire, field), field.at))
            elif number not in (2, 13, 14):
                self.unknown.append(field)
        part.inputs = tuple(name for name in inputs if name not in part.constants)
        part.outputs = tuple(outputs)

    def _read_function(self, task: _Task) -> None:
        wire, part = self.wire, task.part
        inputs, outputs, name, domain = [], [], "", ""
        for field in wire.inside(task.field):
            if field.wire != BYTES:
                continue
            match field.number:
                case 1:
                    name = wire.text(field, _MOST_TEXT)
                case 10:
                    domain = wire.text(field, _MOST_TEXT)
                case 4:
                    inputs.append(wire.text(field, _MOST_TEXT))
                case 5:
                    outputs.append(wire.text(field, _MOST_TEXT))
                case 7:
                    self._read_node(field, task)
                case 11:
                    self._read_attribute(field, task)
                case 8:
                    self.texts.append((f"{name} doc_string", field))
        part.name = f"{domain}:{name}"
        part.inputs, part.outputs = tuple(inputs), tuple(outputs)
        self._functions.add(part.name)

    def _read_plain_nodes(self, position: int, end: int, part: Part) -> int:
        """Read short nodes that have no attributes; return where the first other field stands.

        Models have up to a million of them: what is done here for each is as little as can be.
        """
        count = 0
        data, at = self.wire.window(position)
        last = len(data) - _SHORT
        start, data_end = position - at, min(len(data), end - position + at)
        while at <= last and data[at] == _NODE_TAG and data[at + 1] < _SHORT // 2:
            after = at + 2 + data[at + 1]
            node = _plain_node(data, at + 2, after, start + at) if after <= data_end else None
            if node is None:
                break
            part.nodes.append(node)
            at, count = after, count + 1
        self._count(count)
        return start + at

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > _MOST_NODES:
            raise BudgetError("nodes", f"there are more than {_MOST_NODES} nodes")
        self._uncounted += nodes
        if self._uncounted > _TICK:
            self._uncounted = 0
            self.budget.tick()

    def _read_node(self, node: Field, task: _Task) -> None:
        self._count(1)
        inputs: list[str] = []
        outputs: list[str] = []
        op = name = domain = ""
        attrs: list[tuple[str, Value]] = []
        calls: list[tuple[str, str]] = []
        for number, data in self._texts(node, attrs, calls, task):
            text = data.decode("utf-8", "backslashreplace")
            if number == 1:
                inputs.append(text)
            elif number == 2:
                outputs.append(text)
            elif number == 3:
                name = text
            elif number == 4:
                op = text
            elif number == 7:
                domain = text
        domain = "" if domain == "ai.onnx" else domain
        made = Node(
            op, tuple(inputs), tuple(outputs), domain, name, tuple(attrs), tuple(calls), node.at
        )
        task.part.nodes.append(made)
        if op == "Constant" and not domain and outputs and attrs:
            task.part.constants[outputs[0]] = attrs[0][1]

    def _texts(
        self,
        node: Field,
        attrs: list[tuple[str, Value]],
        calls: list[tuple[str, str]],
        task: _Task,
    ) -> list[tuple[int, bytes]]:
        """Return the numbered texts of a node; its attributes join `attrs` and `calls`."""
        wire = self.wire
        texts = []
        for field in wire.inside(node):
            if field.wire != BYTES:
                continue
            if field.number == _ATTRIBUTE:
                name, value, called = self._read_attribute(field, task)
                attrs += [(name, value)] if value is not None else []
                calls += [(name, part) for part in called]
            elif field.number in _TEXTS:
                texts.append((field.number, wire.bytes(field, _MOST_TEXT)))
        return texts

    def _read_attribute(self, attribute: Field, task: _Task) -> tuple[str, Value | None, list[str]]:
        """Return the name, the value as far as it is small, and the parts that it holds."""
        wire, name, called = self.wire, "", []  # type: Wire, str, list[str]
        value: Value | None = None
        several: list[Value] = []
        for field in wire.inside(attribute):
            number = field.number
            if number == 1 and field.wire == BYTES:
                name = intern(wire.text(field, _MOST_TEXT))
            elif number in (5, 10) and field.wire == BYTES:
                claim = self.tensors.take(field, f"{task.part.name} {name}")
                value = self.tensors.constant(claim)
            elif number in (6, 11) and field.wire == BYTES:
                called.append(self._subgraph(field, name, task))
            elif number in (22, 23) and field.wire == BYTES:
                self.tensors.take_sparse(field, f"{task.part.name} {name}")
                value = UNKNOWN
            elif number == 13 and field.wire == BYTES:
                self.texts.append((f"{name} doc_string", field))
            elif number == 4 and field.wire == BYTES:
                value = self._string(field, name)
            elif (number, field.wire) in ((2, FIXED32), (3, VARINT)):
                value = Const(wire.floats(field)[0] if number == 2 else field.signed)
            elif number in (7, 8, 9) and len(several) <= _SMALL:
                several += self._several(field, name)
        if several and value is None:
            value = Sequence("list", tuple(several[:_SMALL]), max(0, len(several) - _SMALL))
        return name, value, called

    def _several(self, field: Field, name: str) -> list[Value]:
        if field.number == 9:
            return [self._string(field, name)] if field.wire == BYTES else []
        if field.number == 8:
            return [Const(number) for number in self.wire.integers(field, 256)]
        return [Const(number) for number in self.wire.floats(field, 256)]

    def _string(self, field: Field, name: str) -> Const:
        data = self.wire.bytes(field, _MOST_TEXT)
        size = field.size if field.size > len(data) else None
        try:
            return Const(data.decode(), size)
        except UnicodeDecodeError as error:
            if size is not None and error.start > len(data) - 4:  # cut inside a character
                return Const(data[: error.start].decode(), size)
        if len(self.blobs) < _MOST_TEXT:
            self.blobs.append(Blob(name, field))
        return Const(data[:64], field.size if field.size > 64 else None)

    def _subgraph(self, field: Field, name: str, task: _Task) -> str:
        part = self._part(f"{name}.{len(self.network.parts)}", task.part.name)
        if task.depth <= 10 * _DEEPEST:
            self._tasks.append(_Task(field, part, task.depth + 1))
        return part.name

    def _named(self, value: Field) -> str:
        """Return the name of a ValueInfoProto."""
        for field in self.wire.inside(value):
            if field.number == 1 and field.wire == BYTES:
                return intern(self.wire.text(field, _MOST_TEXT))
        return ""


def _next(fields: Fields, onward: int | None) -> Field | None:
    """Return the next of `fields`, from the position `onward` on where one is given."""
    try:
        return fields.send(onward)
    except StopIteration:
        return None


def _plain_node(data: bytes, at: int, end: int, offset: int) -> Node | None:
    """Return the node of which `data` has the fields from `at` to `end`, if all are short texts."""
    inputs: list[str] = []
    outputs: list[str] = []
    op = name = domain = ""
    while at < end - 1:
        tag, start = data[at], at + 2
        at = start + data[at + 1]
        if at > end:
            return None
        try:
            text = data[start:at].decode()
        except UnicodeDecodeError:
            return None
        if tag == _INPUT_TAG:
            inputs.append(text)
        elif tag == _OUTPUT_TAG:
            outputs.append(text)
        elif tag == _NAME_TAG:
            name = text
        elif tag == _OPERATOR_TAG:
            op = text
        elif tag == _DOMAIN_TAG:
            domain = text
        else:
            return None
    if at != end:
        return None
    domain = "" if domain == "ai.onnx" else domain
    return Node(op, tuple(inputs), tuple(outputs), domain, name, offset=offset)


def plausible_graph(wire: Wire, graph: Field) -> bool:
    """Whether a field holds a node, value or tensor as only a GraphProto does."""
    for field in wire.inside(graph):
        if field.wire != BYTES:
            continue
        if field.number == 1 and _plausible_node(wire, field):
            return True
        if field.number in (11, 12) and _plausible_value(wire, field):
            return True
    return False


def _plausible_node(wire: Wire, node: Field) -> bool:
    op = b""
    for field in wire.inside(node):
        if field.number in range(1, 9) and field.wire != BYTES:
            return False
        if field.number in (1, 2, 3, 7) and not _is_text(wire.bytes(field, 256)):
            return False
        if field.number == 4:
            op = wire.bytes(field, 256)
    return bool(op) and _is_text(op)


def _plausible_value(wire: Wire, value: Field) -> bool:
    fields = list(_first(wire.inside(value), 4))
    named = any(f.number == 1 and f.wire == BYTES and f.size for f in fields)
    typed = [f for f in fields if f.number == 2 and f.wire == BYTES]
    if not named or not typed or not _is_text(wire.bytes(fields[0], 256)):
        return False
    kinds = {(f.number, f.wire) for f in _first(wire.inside(typed[0]), 4)}
    return bool(kinds) and kinds <= {(number, BYTES) for number in (1, 4, 5, 6, 7, 8, 9)}


def _first(fields: Iterator[Field], most: int) -> Iterator[Field]:
    return (field for field, _ in zip(fields, range(most), strict=False))


def _is_text(data: bytes) -> bool:
    return data.decode("utf-8", "replace").isprintable()
