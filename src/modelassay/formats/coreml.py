"""CoreML models: a protobuf message, in which other models may be nested.

Source: `mlmodel/format/Model.proto`, `NeuralNetwork.proto`, `MIL.proto`, `CustomModel.proto` and
`LinkedModel.proto` of coremltools 3 to 9. There is no magic number: a file is taken for a model if
it has a version, a description, and the one field of a kind of model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata, Reference
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Skipped, Source
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.protobuf import BYTES, VARINT, Field, Wire

#: What stands in a message: by field number, the message in it, or what its text is.
_SCHEMA: Final[dict[str, dict[int, str]]] = {
    "model": {
        **dict.fromkeys((200, 201), "pipeline of"),
        202: "pipeline",
        **dict.fromkeys((303, 403, 500), "network"),
        502: "program",
        555: "custom model",
        556: "linked model",
    },
    "pipeline of": {1: "pipeline"},
    "pipeline": {1: "model"},
    "network": {1: "layer"},
    "layer": {500: "custom layer", 600: "loop", 605: "branch"},
    "loop": {3: "network", 4: "network"},
    "branch": {1: "network", 2: "network"},
    "custom layer": {10: "class"},
    "custom model": {10: "class"},
    "linked model": {1: "linked file"},
    "linked file": {1: "linked name", 2: "linked path"},
    "linked name": {2: "linked"},
    "linked path": {2: "linked"},
    "program": {2: "function entry"},
    "function entry": {2: "function"},
    "function": {3: "block entry", 4: "value entry"},
    "block entry": {2: "block"},
    "block": {3: "operation", 4: "value entry"},
    "operation": {2: "argument entry", 4: "block", 5: "value entry"},
    "argument entry": {2: "argument"},
    "argument": {1: "binding"},
    "binding": {2: "value"},
    "value entry": {2: "value"},
    "value": {5: "file value"},
    "file value": {1: "file"},
}
_ROLES: Final = {"class": "custom-layer", "linked": "linked-model", "file": "weight-file"}
_MODEL_PATH: Final = "@model_path/"
_DESCRIBES: Final = (1, 10, 20, 21, 100)  # inputs, outputs, functions, the default, metadata
_FIRST_KIND: Final = 200
_LAST_KIND: Final = 4000
_LONGEST: Final = 1000
_DEEPEST: Final = 200
_MOST: Final = 2000


_MOST_TRIED: Final = 1000


def identify(blob: Blob) -> bool:
    """Whether `blob` is a message with the fields of a model; loaders pass over any other."""
    wire = Wire(blob)
    version, described, kinds = False, False, 0
    for count, field in enumerate(wire.fields()):
        if field.number == 1 and field.wire == VARINT:
            version = 0 < field.value < 100
        elif field.number == 2 and field.wire == BYTES:
            described = any(inner.number in _DESCRIBES for inner in wire.inside(field))
        elif _FIRST_KIND <= field.number < _LAST_KIND and field.wire == BYTES:
            kinds += 1
        if count > _MOST_TRIED:
            return False
    return version and described and kinds > 0


def parse(source: Source) -> Iterator[Event]:
    """Yield the classes the model needs, the models and files it names."""
    wire = Wire(source.blob)
    for field in wire.fields():
        if field.number == 1 and field.wire == VARINT:
            at = Location(field.at)
            yield Metadata(key="specification-version", value=Const(field.value), at=at)
    whole = Field(0, BYTES, 0, source.blob.size, 0)
    walk = _Walk(wire, source.budget)
    walk.run(whole)
    yield from walk.found.values()
    yield Skipped("tensor data", max(source.blob.size - walk.steps, 0))
    for fault in wire.faults:
        at = Location(fault.offset)
        yield Anomaly(kind="protobuf-structure", message=fault.message, at=at)
    if wire.faults:
        yield Incomplete(f"the message is broken: {wire.faults[0].message}")
    if walk.deep:
        yield Incomplete(f"models are nested more than {_DEEPEST} levels deep")


class _Walk:
    """The state of a walk over a model and all in it."""

    def __init__(self, wire: Wire, budget: Budget) -> None:
        self.wire = wire
        self.budget = budget
        self.found: dict[tuple[str, str], Reference] = {}
        self.steps = 0
        self.deep = False

    def run(self, whole: Field) -> None:
        """Walk, in the order of the file, without recursion."""
        opened = [("model", self.wire.inside(whole))]
        while opened:
            kind, fields = opened[-1]
            field = next(fields, None)
            if field is None:
                opened.pop()
                continue
            self.steps += 1
            if self.steps % 4096 == 0:
                self.budget.tick()
            inner = _SCHEMA[kind].get(field.number)
            if inner is None or field.wire != BYTES:
                continue
            if inner in _SCHEMA:
                opened.append((inner, self.wire.inside(field)))
            else:
                self._note(inner, field)
            if len(opened) > _DEEPEST:
                self.deep = True
                opened.pop()

    def _note(self, kind: str, field: Field) -> None:
        target = self.wire.text(field, _LONGEST).removeprefix(_MODEL_PATH)
        known = self.found.get((kind, target))
        if known is not None:
            known.count += 1
        elif len(self.found) < _MOST:
            at = Location(field.at)
            reference = Reference(target=target, role=_ROLES[kind], at=at)
            self.found[kind, target] = reference
