"""The Keras metadata of a SavedModel: configurations as JSON, one for each layer and metric.

Source: saved_metadata.proto in `keras/protobuf/`, Keras 2.5 to 2.15, which reads
`keras_metadata.pb` beside `saved_model.pb`.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Anomaly, Location
from modelassay.core.text import visible
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.protobuf import BYTES, Field, Trial, Wire


def identify(blob: Blob) -> bool:
    """Whether `blob` holds an object with a Keras identifier and JSON."""
    return any(_is_object(wire, field) for wire in [Trial(blob)] for field in _objects(wire))


def parse(source: Source) -> Iterator[Event]:
    """Yield each configuration."""
    wire = Wire(source.blob)
    for count, saved in enumerate(_objects(wire)):
        if count % 256 == 0:
            source.budget.tick()
        path = ""
        for field in wire.inside(saved):
            if field.number == 3 and field.wire == BYTES:
                path = visible(wire.text(field, 200))
            elif field.number == 5 and field.wire == BYTES:
                inner = source.blob.sub(field.value, field.size)
                name = f"{path or 'object'}@{field.value}"
                yield Child(name, inner, role="found", place="metadata")
    for fault in wire.faults:
        yield Anomaly(kind="protobuf-structure", message=fault.message, at=Location(fault.offset))
    if wire.faults:
        yield Incomplete(f"the message is broken: {wire.faults[0].message}")


def _objects(wire: Wire) -> Iterator[Field]:
    return (field for field in wire.fields() if field.number == 1 and field.wire == BYTES)


def _is_object(wire: Wire, saved: Field) -> bool:
    fields = {field.number: field for field in wire.inside(saved) if field.wire == BYTES}
    named = 4 in fields and wire.bytes(fields[4], 12).startswith(b"_tf_keras")
    return named or (5 in fields and wire.bytes(fields[5], 1) == b"{")
