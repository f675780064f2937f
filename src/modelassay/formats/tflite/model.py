"""The model of a TensorFlow Lite file, every index held against what it leads to.

Source: `tensorflow/lite/schema/schema.fbs`, version 3c; model_builder.cc and subgraph.cc in
`tensorflow/lite/core/`. The operators are `BuiltinOperator` of TensorFlow 2.21.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from math import prod
from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Location, Tensor
from modelassay.core.graph import Entry, Network, Node, Part
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.base import Elements
from modelassay.io.budget import Budget
from modelassay.io.flatbuffer import Flatbuffer, Table

_CUSTOM: Final = 32
_OPTIONAL: Final = -1
_MOST_NODES: Final = 400_000
_MOST_PLACES: Final = 50_000
_MOST_GROUPS: Final = 1000
_MOST_ANOMALIES: Final = 20
#: The names of the element types, and the bits of those whose elements stand plainly in a buffer.
_TYPES: Final = (
    ("float32", 32),
    ("float16", 16),
    ("int32", 32),
    ("uint8", 8),
    ("int64", 64),
    ("string", 0),
    ("bool", 8),
    ("int16", 16),
    ("complex64", 64),
    ("int8", 8),
    ("float64", 64),
    ("complex128", 128),
    ("uint64", 64),
    ("resource", 0),
    ("variant", 0),
    ("uint32", 32),
    ("uint16", 16),
    ("int4", 4),
    ("bfloat16", 16),
    ("int2", 2),
    ("uint4", 4),
)
#: Operators that run subgraphs: the type of their options, and the fields with the numbers.
_CALLS: Final = {92: ("then", "else"), 93: ("cond", "body"), 103: ("init",)}


class Model:
    """Reads one model."""

    def __init__(self, buffer: Flatbuffer, budget: Budget) -> None:
        self.buffer = buffer
        self.budget = budget
        self.network = Network([], [])
        self.tensors: dict[tuple[str, tuple[int, ...]], Tensor] = {}
        self.elements: list[Elements] = []
        self.metadata: list[tuple[str, int, int]] = []
        self.description = ""
        self.stored = 0
        self.reach = 0  # where the last buffer ends that stands behind the flatbuffer
        self._anomalies: dict[str, list[Anomaly]] = {}
        self._operators: list[tuple[str, str]] = []
        self._buffers: list[tuple[int, int]] = []
        self._nodes = 0

    def anomalies(self) -> Iterator[Anomaly]:
        """Yield what is wrong with the model, besides the faults of the buffer."""
        for noted in self._anomalies.values():
            yield from noted

    def read(self) -> None:
        """Read all of it. Raises `BudgetError`."""
        root = self.buffer.root()
        if root is None:
            return
        self.description = root.text(3, 1000)
        self._operators = [_operator(code) for code in root.tables(1)]
        self._buffers = [self._data(data) for data in root.tables(4)]
        for index, graph in enumerate(root.tables(2)):
            self._subgraph(graph, index)
        self._metadata(root)
        for signature in root.tables(7):
            part = f"graph{signature.number(4, '<I')}"
            outputs = [f"t{item.number(1, '<I')}" for item in signature.tables(1)]
            key = signature.text(2, 200)
            self.network.entries.append(Entry("signature", key, part, tuple(outputs)))

    def _metadata(self, root: Table) -> None:
        """Keep the buffers of metadata, but for those that lie over one another."""
        found = []
        for entry in root.tables(6):
            number = entry.number(1, "<I")
            if self._is_index(number, len(self._buffers), "buffer", entry.start):
                found.append((*self._buffers[number], visible(entry.text(0, 100))))
        end = 0
        for start, size, name in sorted(set(found)):
            if start >= end and size:
                self.metadata.append((name, start, size))
                end = start + size

    def _data(self, data: Table) -> tuple[int, int]:
        """Return where the bytes of a buffer are, inside the flatbuffer or behind it."""
        found = data.vector(0, 1)
        offset, size = data.number(1, "<Q"), data.number(2, "<Q")
        if found is None and offset > 1:
            if offset + size > self.buffer.blob.size:
                beyond = f"a buffer of {size} bytes at {offset} reaches beyond the file"
                self._note("tflite-index", beyond, data.start, offset, size)
                return 0, 0
            found_at = (offset, size)
            self.reach = max(self.reach, offset + size)
        else:
            found_at = (found.start, found.size) if found is not None else (0, 0)
        self.stored += found_at[1]
        return found_at

    def _subgraph(self, graph: Table, index: int) -> None:
        part = Part(f"graph{index}", nodes=[], constants={})
        self.network.parts.append(part)
        count = 0
        for tensor in graph.tables(0):
            self._tensor(tensor, f"graph{index}/t{count}")
            count += 1
        part.inputs = self._values(graph, 1, count)
        part.outputs = self._values(graph, 2, count)
        for operator in graph.tables(3):
            self._nodes += 1
            if self._nodes > _MOST_NODES:
                raise BudgetError("nodes", f"there are more than {_MOST_NODES} nodes")
            if self._nodes % 1024 == 0:
                self.budget.tick()
            part.nodes.append(self._node(operator, count))

    def _node(self, operator: Table, tensors: int) -> Node:
        number = operator.number(0, "<I")
        known = self._is_index(number, len(self._operators), "operator", operator.start)
        domain, name = self._operators[number] if known else ("", f"operator-{number}")
        inputs = self._values(operator, 1, tensors)
        outputs = self._values(operator, 2, tensors, optional=False)
        calls = []
        fields = _CALLS.get(operator.number(3, "<B"))
        options = operator.table(4) if fields is not None else None
        if fields is not None and options is not None:
            calls = [(key, f"graph{options.number(i)}") for i, key in enumerate(fields)]
        return Node(name, inputs, outputs, domain, calls=tuple(calls), offset=operator.start)

    def _values(
        self, table: Table, field: int, tensors: int, optional: bool = True
    ) -> tuple[str, ...]:
        """Return the tensors a vector of indexes names."""
        names = []
        for number in table.numbers(field):
            if number == _OPTIONAL and optional:
                names.append("")
            elif self._is_index(number, tensors, "tensor", table.start):
                names.append(f"t{number}")
        return tuple(names)

    def _tensor(self, tensor: Table, path: str) -> None:
        shape = tensor.numbers(0, most=64)
        number = tensor.number(1, "<b")
        name, bits = _TYPES[number] if 0 <= number < len(_TYPES) else (f"type-{number}", 0)
        data = tensor.number(2, "<I")
        start, size = 0, 0
        if self._is_index(data, len(self._buffers), "buffer", tensor.start):
            start, size = self._buffers[data]
        if size and len(self.elements) < _MOST_PLACES:
            label = visible(tensor.text(3, 200))
            self.elements.append(Elements(label, name, start, size, tuple(shape)))
        key = (name, tuple(shape)) if len(self.tensors) < _MOST_GROUPS else (name, ())
        group = self.tensors.get(key)
        if group is None:
            label = visible(tensor.text(3, 200))
            at = Location(tensor.start, path)
            self.tensors[key] = Tensor(name=label, dtype=key[0], shape=key[1], size=size, at=at)
        else:
            group.count += 1
        count = prod(shape)
        sparse = tensor.at(6) is not None
        if min(shape, default=0) < 0 or count >= 1 << 48:
            self._note("tensor-shape", f"the tensor {path} has the shape {shape}", tensor.start)
        elif size and bits and not sparse and size != (count * bits + 7) // 8:
            message = f"the tensor {path} of shape {shape} and {name} has {size} bytes"
            self._note("tensor-size", message, tensor.start, (count * bits + 7) // 8, size)

    def _is_index(self, number: int, count: int, kind: str, at: int) -> bool:
        if 0 <= number < count:
            return True
        self._note("tflite-index", f"there is no {kind} {number} among {count}", at, number, count)
        return False

    def _note(self, kind: str, message: str, at: int, *values: int) -> None:
        noted = self._anomalies.setdefault(kind, [])
        if len(noted) >= _MOST_ANOMALIES:
            noted[0].count += 1
            return
        constants = tuple(Const(value) for value in values)
        noted.append(Anomaly(kind=kind, message=message, values=constants, at=Location(at)))


def _operator(code: Table) -> tuple[str, str]:
    """Return the domain and the name of an operator."""
    number = max(code.number(0, "<b"), code.number(3, "<i"))
    if number == _CUSTOM:
        return "custom", code.text(1, 1000)
    names = _names()
    return "", names[number] if 0 <= number < len(names) else f"builtin-{number}"


@cache
def _names() -> list[str]:
    text = files("modelassay.formats.tflite").joinpath("operators.json").read_text("utf-8")
    names: list[str] = json.loads(text)["operators"]
    return names
