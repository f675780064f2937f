"""Graphs of TensorFlow: nodes and the functions of the library, read into one network.

Source: `tensorflow/core/framework/` graph.proto, node_def.proto, attr_value.proto, function.proto,
op_def.proto, tensor.proto, tensor_shape.proto of TensorFlow 1.0 to 2.21, and `DecodeStringList` of
`tensorflow/core/platform/tensor_coding.cc`. A node has one name, and
that stands for all its outputs here; `name:1` and `name:output:1` are read as `name`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from sys import intern
from typing import Final

import msgspec

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Location
from modelassay.core.graph import CONTROL, Network, Node, Part
from modelassay.core.text import visible
from modelassay.core.values import UNKNOWN, Const, Sequence, Value
from modelassay.formats.base import Elements
from modelassay.formats.tensorflow.checkpoint import TYPES
from modelassay.io.budget import Budget
from modelassay.io.protobuf import BYTES, FIXED32, VARINT, Field, Wire, varint

_MOST_NODES: Final = 400_000
_MOST_PLACES: Final = 50_000
_MOST_TEXT: Final = 1000
_MOST_ITEMS: Final = 64
_MOST_PACKED: Final = 1 << 16
_SMALLEST_GRAPH: Final = 8
_PROBED_NODES: Final = 4
_STRING: Final = 7
_INTEGERS: Final = (3, 9)
_HUGE: Final = 1 << 34  # elements
#: Bytes of an element, of the types whose tensors have plain content.
_WIDTHS: Final = {
    **dict.fromkeys((4, 6, 10, 11, 12), 1),
    **dict.fromkeys((5, 14, 15, 16, 17, 19), 2),
    **dict.fromkeys((1, 3, 13, 22), 4),
    **dict.fromkeys((2, 8, 9, 23), 8),
    18: 16,
}


class Tensor(msgspec.Struct):
    """What a TensorProto says: its type by number, its shape, its content and its strings.

    `content` is how many bytes of elements there are, from the offset `at` on.
    """

    type: int = 0
    dims: list[int] = []
    content: int = 0
    at: int = 0
    strings: list[Field] = []
    numbers: list[int] = []


class Graphs:
    """Reads the graphs of one file. `nested` are strings that are themselves graphs."""

    def __init__(self, wire: Wire, budget: Budget) -> None:
        self.wire = wire
        self.budget = budget
        self.nested: list[tuple[str, Field]] = []
        self.anomalies: list[Anomaly] = []
        self.elements: list[Elements] = []
        self.stored = 0
        self._nodes = 0

    def network(self, fields: list[Field]) -> Network:
        """Return the network of a GraphDef; one that is given in pieces is merged."""
        main = Part("main", nodes=[], constants={})
        network = Network([main], [])
        for graph in fields:
            for field in self.wire.inside(graph):
                if field.number == 1 and field.wire == BYTES:
                    self._read_node(field, main)
                elif field.number == 2 and field.wire == BYTES:
                    for inner in self.wire.inside(field):
                        if inner.number == 1 and inner.wire == BYTES:
                            network.parts.append(self._read_function(inner))
        self._link(network)
        return network

    def _link(self, network: Network) -> None:
        """Let the nodes whose operator is a function of the library know so; name what is open."""
        functions = {part.name for part in network.parts[1:]}
        for part in network.parts:
            for index, node in enumerate(part.nodes):
                if node.op in functions:
                    calls = (*node.calls, ("function", node.op))
                    part.nodes[index] = msgspec.structs.replace(node, calls=calls)

    def _read_function(self, function: Field) -> Part:
        part = Part("", nodes=[], constants={})
        results: list[str] = []
        for field in self.wire.inside(function):
            if field.wire != BYTES:
                continue
            if field.number == 1:
                part.name, part.inputs = self._signature(field)
            elif field.number == 3:
                self._read_node(field, part)
            elif field.number in (4, 6):
                results.append(self._entry(field)[1])
        part.outputs = tuple(results)
        return part

    def _signature(self, signature: Field) -> tuple[str, tuple[str, ...]]:
        name, inputs = "", []
        for field in self.wire.inside(signature):
            if field.number == 1 and field.wire == BYTES:
                name = intern(self.wire.text(field, _MOST_TEXT))
            elif field.number == 2 and field.wire == BYTES:
                inputs += [
                    intern(self.wire.text(inner, _MOST_TEXT))
                    for inner in self.wire.inside(field)
                    if inner.number == 1 and inner.wire == BYTES
                ]
        return name, tuple(inputs)

    def _entry(self, entry: Field) -> tuple[str, str]:
        """Return the key and the value, a reference to a node, of a map of strings."""
        texts = {1: "", 2: ""}
        for field in self.wire.inside(entry):
            if field.wire == BYTES and field.number in texts:
                texts[field.number] = self.wire.text(field, _MOST_TEXT)
        return texts[1], bare(texts[2])

    def _read_node(self, node: Field, part: Part) -> None:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise BudgetError("nodes", f"there are more than {_MOST_NODES} nodes")
        if self._nodes % 1024 == 0:
            self.budget.tick()
        wire, name, op = self.wire, "", ""  # type: Wire, str, str
        inputs: list[str] = []
        attrs: list[tuple[str, Value]] = []
        calls: list[tuple[str, str]] = []
        for field in wire.inside(node):
            if field.wire != BYTES:
                continue
            if field.number == 1:
                name = intern(wire.text(field, _MOST_TEXT))
            elif field.number == 2:
                op = intern(wire.text(field, _MOST_TEXT))
            elif field.number == 3:
                inputs.append(intern(bare(wire.text(field, _MOST_TEXT))))
            elif field.number == 5:
                key, value, called = self._read_attribute(field, part.name)
                attrs += [(key, value)] if value is not None else []
                calls += [(key, function) for function in called]
        made = Node(op, tuple(inputs), (name,), "", "", tuple(attrs), tuple(calls), node.at)
        part.nodes.append(made)
        if op == "Const":
            constant = made.attr("value")
            part.constants[name] = UNKNOWN if constant is None else constant

    def _read_attribute(self, entry: Field, place: str) -> tuple[str, Value | None, list[str]]:
        """Return the name, the value as far as it is small, and the functions that it names."""
        wire, name, value = self.wire, "", None  # type: Wire, str, Value | None
        called: list[str] = []
        for field in wire.inside(entry):
            if field.number == 1 and field.wire == BYTES:
                name = intern(wire.text(field, _MOST_TEXT))
            elif field.number == 2 and field.wire == BYTES:
                for inner in wire.inside(field):
                    if inner.number == 1 and inner.wire == BYTES:
                        value = self._read_list(inner, called, name)
                    elif inner.number == 10 and inner.wire == BYTES:
                        called.append(self._function(inner))
                    else:
                        value = self._read_value(inner, name, place, value)
        return name, value, called

    def _read_value(
        self, field: Field, name: str, place: str, before: Value | None
    ) -> Value | None:
        if field.number == 2 and field.wire == BYTES:
            return self._string(field, name)
        if field.number in (3, 5) and field.wire == VARINT:
            return Const(bool(field.value) if field.number == 5 else field.signed)
        if field.number == 4 and field.wire == FIXED32:
            return Const(self.wire.floats(field)[0])
        if field.number == 8 and field.wire == BYTES:
            return self._tensor(field, f"{place} {name}")
        return before

    def _read_list(self, listed: Field, called: list[str], name: str) -> Value | None:
        """Return the strings and numbers of a list, `None` of a list of anything else."""
        items: list[Value] = []
        for field in self.wire.inside(listed):
            if field.number == 9 and field.wire == BYTES:
                called.append(self._function(field))
            elif len(items) <= _MOST_ITEMS:
                if field.number == 2 and field.wire == BYTES:
                    items.append(self._string(field, name))
                elif field.number == 3:
                    items += [Const(number) for number in self.wire.integers(field, 640)]
        return Sequence("list", tuple(items)) if items else None

    def _function(self, attribute: Field) -> str:
        """Return the name of a NameAttrList."""
        for field in self.wire.inside(attribute):
            if field.number == 1 and field.wire == BYTES:
                return intern(self.wire.text(field, _MOST_TEXT))
        return ""

    def _string(self, field: Field, name: str) -> Const:
        self._look_for_graph(field, name)
        data = self.wire.bytes(field, _MOST_TEXT)
        size = field.size if field.size > len(data) else None
        return Const(data.decode("utf-8", "backslashreplace"), size)

    def _tensor(self, tensor: Field, place: str) -> Value:
        """Return the strings or integers of a small tensor, unknown of others."""
        read = self._read_tensor(tensor)
        self.stored += read.content
        if read.content and len(self.elements) < _MOST_PLACES:
            dtype, shape = TYPES.get(read.type, ""), tuple(read.dims)
            self.elements.append(Elements(visible(place), dtype, read.at, read.content, shape))
        for kind, message in _faults(read):
            at = Location(tensor.at, visible(place))
            self.anomalies.append(Anomaly(kind=kind, message=message, at=at))
        if read.type == _STRING and read.strings:
            items = [self._string(field, place) for field in read.strings[:_MOST_ITEMS]]
            for field in read.strings[_MOST_ITEMS:]:
                self._look_for_graph(field, place)
            more = len(read.strings) - len(items)
            return items[0] if len(read.strings) == 1 else Sequence("list", tuple(items), more)
        if read.numbers and len(read.numbers) <= _MOST_ITEMS:
            plain = tuple(Const(number) for number in read.numbers)
            return plain[0] if len(plain) == 1 else Sequence("list", plain)
        return UNKNOWN

    def _read_tensor(self, tensor: Field) -> Tensor:
        read, wire = Tensor(dims=[], strings=[], numbers=[]), self.wire
        for field in wire.inside(tensor):
            if field.number == 1 and field.wire == VARINT:
                read.type = field.value
            elif field.number == 2 and field.wire == BYTES:
                read.dims = self._shape(field)
            elif field.number == 4 and field.wire == BYTES:
                read.content, read.at = field.size, field.value
            elif field.number == 8 and field.wire == BYTES:
                read.strings.append(field)
            elif field.number in (7, 10) and len(read.numbers) <= _MOST_ITEMS:
                read.numbers += wire.integers(field, 640)
        if read.type == _STRING and read.content:
            read.strings += self._packed(read)
        elif read.type in _INTEGERS and 0 < read.content <= _WIDTHS[read.type] * _MOST_ITEMS:
            width, data = _WIDTHS[read.type], wire.blob.read_at(read.at, read.content)
            parts = (data[start : start + width] for start in range(0, len(data), width))
            read.numbers = [int.from_bytes(part, "little", signed=True) for part in parts]
        return read

    def _packed(self, read: Tensor) -> Iterator[Field]:
        """Yield the strings of a content: all their lengths, then all of them."""
        head = self.wire.blob.read_at(read.at, min(read.content, _MOST_PACKED))
        sizes, index = [], 0
        for _ in range(min(max(prod(read.dims), 0), len(head))):
            size, index = varint(head, index)
            if size < 0:
                return
            sizes.append(size)
        at, end = read.at + index, read.at + read.content
        for size in sizes:
            if at + size > end:
                return
            yield Field(8, BYTES, at, size, at)
            at += size

    def _shape(self, shape: Field) -> list[int]:
        """Return the sides of a TensorShapeProto, 0 for those not stated."""
        sides = []
        for field in self.wire.inside(shape):
            if field.number == 2 and field.wire == BYTES:
                size = 0
                for inner in self.wire.inside(field):
                    if inner.number == 1 and inner.wire == VARINT:
                        size = inner.signed
                sides.append(size)
        return sides

    def _look_for_graph(self, field: Field, name: str) -> None:
        if field.size < _SMALLEST_GRAPH or len(self.nested) >= _MOST_TEXT:
            return
        starts = self.wire.bytes(field, 1) in (b"\n", b"\x12")  # as a node or a library does
        if starts and plausible_graph(Wire(self.wire.blob), field):
            self.nested.append((name, field))


def bare(reference: str) -> str:
    """Return the node that an input refers to, `^` kept for one that only runs first."""
    if reference.startswith(CONTROL):
        return reference
    return reference.partition(":")[0]


def plausible_graph(wire: Wire, graph: Field) -> bool:
    """Whether the first nodes of a field, if any, are those of a GraphDef, or its functions are."""
    nodes = 0
    for field in wire.inside(graph):
        if field.number == 1 and field.wire == BYTES:
            if not _plausible_node(wire, field):
                return False
            nodes += 1
        elif field.number == 2 and field.wire == BYTES and _has_function(wire, field):
            return True
        if nodes == _PROBED_NODES:
            break
    return nodes > 0


def _plausible_node(wire: Wire, node: Field) -> bool:
    """Whether a field has a name and an operator as a NodeDef has them."""
    named = op = b""
    for field in wire.inside(node):
        if field.number in (1, 2, 3, 4) and field.wire != BYTES:
            return False
        if field.number == 1:
            named = wire.bytes(field, 512)
        elif field.number == 2:
            op = wire.bytes(field, 512)
    return bool(named) and bool(op) and _is_text(named) and _is_text(op)


def _has_function(wire: Wire, library: Field) -> bool:
    """Whether a field holds a FunctionDef with a named signature and a node."""
    for function in wire.inside(library):
        if function.number != 1 or function.wire != BYTES:
            continue
        nodes = [f for f in wire.inside(function) if f.number == 3 and f.wire == BYTES]
        if any(_plausible_node(wire, node) for node in nodes[:4]):
            return True
    return False


def _is_text(data: bytes) -> bool:
    return data.decode("utf-8", "replace").isprintable()


def _faults(tensor: Tensor) -> Iterator[tuple[str, str]]:
    count = prod(tensor.dims)
    if min(tensor.dims, default=0) < 0 or count >= 1 << 63:
        yield "tensor-shape", f"a constant has the shape {tensor.dims[:64]}"
    elif not tensor.content and count >= _HUGE:
        yield "tensor-shape", f"a constant of {count} elements repeats the few the file holds"
    elif tensor.content and tensor.type in _WIDTHS:
        wanted = count * _WIDTHS[tensor.type]
        if wanted != tensor.content:
            has = f"needs {wanted} bytes and has {tensor.content}"
            yield "tensor-size", f"a constant of shape {tensor.dims} {has}"
