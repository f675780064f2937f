"""TorchScript for mobile as a flatbuffer: a model as `_save_for_lite_interpreter` writes it.

Source: `torch/csrc/jit/serialization/mobile_bytecode.fbs`, `flatbuffer_serializer.cpp` and
`torch/csrc/jit/mobile/flatbuffer_loader.cpp` of PyTorch 2.13. All values stand in one vector and
name each other by number; functions are values too, and name operators as their schemas do. The
loader looks at no source, calls the `__setstate__` of objects, and trusts the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

from modelassay.core.facts import (
    Anomaly,
    Code,
    CodeReference,
    Fact,
    Limit,
    Location,
    Metadata,
    Tensor,
)
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Notes, Skipped, Source
from modelassay.formats.pytorch.elements import dtype_width
from modelassay.formats.pytorch.torchscript.names import class_name, schema_name
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.flatbuffer import Flatbuffer, Table

_IDENTIFIER: Final = b"PTMF"
_MOST_FACTS: Final = 5000
_MOST_NAMES: Final = 20_000
_TENSOR, _OBJECT, _FUNCTION = 5, 10, 16
#: Values that are made of others: which fields of them hold numbers of values.
_ITEMS: Final = {7: (0,), 8: (0,), 9: (0, 1)}
_DTYPES: Final = (
    *("uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex32"),
    *("complex64", "complex128", "bool", "qint8", "quint8", "qint32", "bfloat16", "quint4x2"),
)
#: In an object: the type it is of, its state, its attributes, and what restores it.
_TYPE, _STATE, _ATTRIBUTES, _SETSTATE = range(4)


def identify(blob: Blob) -> bool:
    """Whether `blob` bears the identifier of such a model."""
    return blob.head(8)[4:] == _IDENTIFIER


def parse(source: Source) -> Iterator[Event]:
    """Yield the code of each function, the tensors, what rides along, and what does not fit."""
    buffer = Flatbuffer(source.blob)
    model = _Model(buffer, source.budget)
    root = buffer.root()
    if root is not None:
        yield Metadata(key="bytecode_version", value=Const(root.number(0, "<I")), at=Location(8))
        yield Metadata(key="operator_version", value=Const(root.number(10, "<I")), at=Location(8))
        model.read(root)
    yield from model.facts.values()
    yield from model.notes.anomalies
    if root is not None:
        yield from _files(source.blob, root)
    if model.stored:
        yield Skipped("tensor data", model.stored)
    if buffer.reach < source.blob.size:
        yield Child(f"@{buffer.reach}", source.blob.sub(buffer.reach), role="tail")
    for fault in buffer.faults:
        yield Anomaly(kind="flatbuffer-structure", message=fault.message, at=Location(fault.offset))
    if buffer.faults:
        yield Incomplete(f"the flatbuffer is broken: {buffer.faults[0].message}")
    if model.left_out:
        yield Limit(name="names", message=f"more than {_MOST_NAMES} names are used")


def _files(blob: Blob, root: Table) -> Iterator[Event]:
    """Yield the source that is kept for other loaders, and the files that ride along."""
    for field, form in ((8, "torchscript-source"), (1, None)):
        for file in root.tables(field):
            content = file.vector(1, 1)
            if content is not None:
                inner = blob.sub(content.start, content.size)
                yield Child(file.text(0, 200) or f"@{content.start}", inner, format=form)


class _Model:
    """Reads the values of a model, every number held against what it names."""

    def __init__(self, buffer: Flatbuffer, budget: Budget) -> None:
        self.buffer = buffer
        self.budget = budget
        self.notes = Notes()
        self.facts: dict[object, Fact] = {}
        self.stored = 0
        self.left_out = 0
        self._values = 0
        self._storages: list[int] = []
        self._types: list[str] = []
        self._names = 0

    def read(self, root: Table) -> None:
        """Read all of it. Raises `BudgetError`."""
        for storage in root.tables(6):
            data = storage.vector(0, 1)
            self._storages.append(data.size if data is not None else 0)
        self.stored = sum(self._storages)
        self._types = [kind.text(0, 500) for kind in root.tables(7)]
        classes = [class_name(name.split(".")) for name in self._types]
        self._tell("types", [(name, False) for name in classes if name], root.start, "")
        values = list(root.tables(4))
        self._values = len(values)
        self._held(root, 2)
        self._held(root, 9)
        for number, value in enumerate(values):
            if number % 1024 == 0:
                self.budget.tick()
            self._value(value)

    def _value(self, value: Table) -> None:
        kind = value.number(0, "<B")
        inner = value.table(1) if kind in (_TENSOR, _OBJECT, _FUNCTION, *_ITEMS) else None
        if inner is None:
            return
        if kind == _TENSOR:
            self._tensor(inner)
        elif kind == _FUNCTION:
            self._function(inner)
        elif kind == _OBJECT:
            self._check(inner.number(_TYPE, "<I"), len(self._types), "type", inner.start)
            self._check(inner.number(_STATE, "<I"), self._values, "value", inner.start)
            self._check(inner.number(_SETSTATE, "<I"), self._values, "value", inner.start)
            self._held(inner, _ATTRIBUTES)
        for field in _ITEMS.get(kind, ()):
            self._held(inner, field)

    def _held(self, table: Table, field: int) -> None:
        for number in table.numbers(field, "<I"):
            self._check(number, self._values, "value", table.start)

    def _function(self, function: Table) -> None:
        name = function.text(0, 500)
        operators = [schema_name(operator.text(0, 500)) for operator in function.tables(2)]
        annotations = [class_name(text.split(".")) for text in function.texts(4, 500)]
        names = [(text, True) for text in operators]
        names += [(text, False) for text in annotations if text]
        self._held(function, 3)
        self._tell(name, names, function.start, name)

    def _tell(self, name: str, used: list[tuple[str, bool]], at: int, path: str) -> None:
        names = dict(used)
        self._names += len(names)
        if self._names > _MOST_NAMES or len(self.facts) > _MOST_FACTS:
            self.left_out += 1
        elif names:
            told = tuple(CodeReference(text, called, path=path) for text, called in names.items())
            fact = Code(name=visible(name), language="torchscript", references=told)
            fact.at = Location(at)
            self.facts[at] = fact

    def _tensor(self, tensor: Table) -> None:
        shape, number = tuple(tensor.numbers(3, most=64)), tensor.number(1, "<b")
        dtype = _DTYPES[number] if 0 <= number < len(_DTYPES) else f"type-{number}"
        storage, offset = tensor.number(0, "<I"), tensor.number(2)
        known = self.facts.get((dtype, shape))
        if known is not None:
            known.count += 1
        elif len(self.facts) < _MOST_FACTS:
            size = prod(shape) * dtype_width(dtype) if min(shape, default=0) >= 0 else None
            place = Location(tensor.start)
            self.facts[dtype, shape] = Tensor(
                name="", dtype=dtype, shape=shape, size=size, at=place
            )
        if not self._check(storage, len(self._storages), "storage", tensor.start):
            return
        if min((offset, *shape)) < 0:
            message = f"a tensor has the shape {list(shape)} from {offset} on"
            self.notes.add("tensor-shape", message, tensor.start)
            return
        strides = tensor.numbers(4, most=64)
        last = sum((side - 1) * step for side, step in zip(shape, strides, strict=False))
        wanted = (offset + last + 1) * dtype_width(dtype) if prod(shape) else 0
        held = self._storages[storage]
        if wanted > held or min(strides, default=0) < 0:
            message = f"a tensor reaches to byte {wanted} of a storage of {held}"
            self.notes.add("mobile-index", message, tensor.start, wanted, held)

    def _check(self, number: int, count: int, kind: str, at: int) -> bool:
        if 0 <= number < count:
            return True
        message = f"there is no {kind} {number} among {count}"
        self.notes.add("mobile-index", message, at, number, count)
        return False
