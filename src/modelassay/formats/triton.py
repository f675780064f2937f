"""Configurations of models for the Triton Inference Server (`config.pbtxt`).

Source: `protobuf/model_config.proto` of triton-inference-server/common; the backends' own READMEs
for parameters. The text form is read by the names of its fields; what the server opens, loads as a
library or runs is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob, Memory
from modelassay.io.protobuf import BYTES, Field, Wire
from modelassay.io.textproto import Encoded, encode, schema

_LARGEST: Final = 4 << 20
_LONGEST: Final = 500
_MOST: Final = 2000
_FIELD: Final = re.compile(rb"""(?:^|[\s{}\[\],;"'])([a-z_]+)[ \t]*[:{\[]""")
_OWN: Final = frozenset(
    (
        *(b"platform", b"backend", b"max_batch_size", b"default_model_filename", b"instance_group"),
        *(b"ensemble_scheduling", b"cc_model_filenames", b"version_policy", b"dynamic_batching"),
        *(b"model_warmup", b"model_repository_agents", b"model_operations"),
    )
)
_KNOWN: Final = schema(
    Model=(
        "name:1:text platform:2:text default_model_filename:8:text cc_model_filenames:9:Pair "
        "parameters:14:Parameter ensemble_scheduling:15:Ensemble model_warmup:16:Warmup "
        "backend:17:text model_operations:18:Operations model_repository_agents:23:Agents "
        "runtime:25:text"
    ),
    Pair="key:1:text value:2:text",
    Parameter="key:1:text value:2:Value",
    Value="string_value:1:text",
    Ensemble="step:1:Step",
    Step="model_name:1:text",
    Operations="op_library_filename:1:text",
    Agents="agents:1:Agent",
    Agent="name:1:text",
    Warmup="inputs:3:Input",
    Input="value:2:Data",
    Data="input_data_file:5:text",
)
#: Paths of field numbers, and what stands at their ends.
_TOLD: Final = {
    (2,): "triton-platform",
    (8,): "triton-file",
    (9, 2): "triton-file",
    (15, 1, 1): "triton-model",
    (16, 3, 2, 5): "triton-file",
    (17,): "triton-backend",
    (18, 1): "triton-library",
    (23, 1, 1): "triton-agent",
    (25,): "triton-runtime",
}
_DEEPEST: Final = 4


def identify(blob: Blob) -> bool:
    """Whether the text names fields that only such a configuration has, and reads as one."""
    head = blob.head(_LARGEST)
    names = {found[1] for found in _FIELD.finditer(head)}
    if b"\0" in head or not names & _OWN or not names & {b"platform", b"backend", b"input"}:
        return False
    return _encoded(head).fault is None


def _encoded(data: bytes) -> Encoded:
    return encode(data.decode("utf-8", "replace"), _KNOWN, "Model", {})


def parse(source: Source) -> Iterator[Event]:
    """Yield what the server opens, loads and runs for the model."""
    encoded = _encoded(source.blob.head(_LARGEST))
    wire = Wire(Memory(encoded.data))
    for told, (path, field) in enumerate(_walk(wire)):
        if told >= _MOST:
            yield Incomplete(f"only {_MOST} fields were read")
            break
        if path == (14,):
            yield from _parameter(wire, field)
        elif path in _TOLD:
            target = wire.text(field)[:_LONGEST]
            yield Reference(role=_TOLD[path], target=target)
    if encoded.fault is not None or source.blob.size > _LARGEST:
        message = f"the configuration breaks off: {encoded.fault or 'it is too large'}"
        yield Anomaly(kind="broken-config", message=message, at=Location(encoded.offset))
        yield Incomplete(message)


def _walk(wire: Wire) -> Iterator[tuple[tuple[int, ...], Field]]:
    pending: list[tuple[tuple[int, ...], Field]] = []
    pending += reversed([((field.number,), field) for field in wire.fields()])
    inner = {path[:length] for path in _TOLD for length in range(1, len(path))}
    while pending:
        path, field = pending.pop()
        yield path, field
        if path in inner and field.wire == BYTES and len(path) < _DEEPEST:
            pending += [((*path, one.number), one) for one in wire.inside(field)][::-1]


def _parameter(wire: Wire, field: Field) -> Iterator[Reference]:
    key = value = ""
    for one in wire.inside(field):
        if one.number == 1:
            key = wire.text(one)
        elif one.number == 2 and one.wire == BYTES:
            value = next((wire.text(text) for text in wire.inside(one)), "")
    target = f"{key}: {value}"[:_LONGEST]
    yield Reference(role="triton-parameter", target=target, at=Location(path=key[:100]))
