"""TensorFlow Lite (LiteRT): a flatbuffer with graphs of operators, tensors and buffers.

Source: `tensorflow/lite/schema/schema.fbs`, version 3c, TensorFlow 1.12 to 2.21. Files packed into
a ZIP archive may stand behind the model (`tflite_support`, metadata_populator); they are read too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Graph, Location, Metadata
from modelassay.core.values import Const
from modelassay.formats import zip as archive
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.formats.tflite.model import Model
from modelassay.io.blob import Blob
from modelassay.io.flatbuffer import Flatbuffer

IDENTIFIER: Final = b"TFL3"


def identify(blob: Blob) -> bool:
    """Whether `blob` bears the identifier of a model."""
    return blob.head(8)[4:] == IDENTIFIER


def parse(source: Source) -> Iterator[Event]:
    """Yield the graphs, the tensors, the metadata, and what does not fit."""
    blob = source.blob
    model = Model(Flatbuffer(blob), source.budget)
    limit: BudgetError | None = None
    try:
        model.read()
    except BudgetError as error:
        limit = error
    if model.description:
        yield Metadata(key="description", value=Const(model.description))
    yield Graph(dialect="tflite", network=model.network)
    yield from model.tensors.values()
    yield from model.anomalies()
    for name, start, size in model.metadata:
        yield Child(f"{name}@{start}", blob.sub(start, size), role="payload")
    if source.deep:
        yield from model.elements
    if model.stored:
        yield Skipped("tensor data", model.stored)
    faults = model.buffer.faults
    for fault in faults:
        yield Anomaly(kind="flatbuffer-structure", message=fault.message, at=Location(fault.offset))
    if faults:
        yield Incomplete(f"the flatbuffer is broken: {faults[0].message}")
    yield from _packed(source, max(model.buffer.reach, model.reach))
    if limit is not None:
        raise limit


def _packed(source: Source, reach: int) -> Iterator[Event]:
    """Yield the members of the archive behind the model, else what stands beyond its `reach`."""
    if not archive.identify(source.blob):
        if reach < source.blob.size:
            yield Child(f"@{reach}", source.blob.sub(reach), role="tail")
        return
    for event in archive.walk(archive.read(source.blob, source.budget)):
        # What stands in front of the archive is the model.
        if isinstance(event, Child) and event.name == "@0":
            continue
        if not (isinstance(event, Anomaly) and event.kind == "zip-prefix"):
            yield event
