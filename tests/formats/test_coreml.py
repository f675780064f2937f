"""CoreML models: classes and models of elsewhere at any depth, and the file of weights."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.io.textproto import varint
from tests.helpers.scanning import rules_of, scan_bytes


def field(number: int, value: bytes | int | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def model(kind: int, content: bytes) -> bytes:
    description = field(1, field(1, "x")) + field(10, field(1, "y"))
    return field(1, 4) + field(2, description) + field(kind, content)


def network(*layers: bytes) -> bytes:
    return b"".join(field(1, field(1, "layer") + layer) for layer in layers)


def program(file: str) -> bytes:
    value = field(5, field(1, file) + field(2, 64))
    operation = field(1, "const") + field(5, field(1, "val") + field(2, value))
    block = field(3, operation)
    function = field(3, field(1, "CoreML5") + field(2, block))
    return field(1, 1) + field(2, field(1, "main") + field(2, function))


CUSTOM = field(500, field(10, "EvilLayer"))
DENSE = field(140, field(1, 2))


@pytest.mark.parametrize(
    "data",
    [
        model(500, network(DENSE, DENSE)),
        model(502, program("@model_path/weights/weight.bin")),
        model(202, field(1, model(403, network(DENSE)))),
    ],
)
def test_honest_models_are_silent(data: bytes) -> None:
    report = scan_bytes(data, "m.mlmodel")
    assert [one.format for one in report.artifacts] == ["coreml"]
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (model(500, network(DENSE, CUSTOM)), "custom-layer"),
        (model(403, network(field(605, field(2, network(CUSTOM))))), "custom-layer"),
        (model(500, network(field(600, field(4, network(CUSTOM))))), "custom-layer"),
        (model(200, field(1, field(1, model(303, network(CUSTOM))))), "custom-layer"),
        (model(555, field(10, "EvilModel")), "custom-layer"),
        (model(556, field(1, field(1, field(2, "Other")))), "linked-model"),
        (model(502, program("/etc/hostname")), "external-reference"),
        (model(502, program("@model_path/../../x")), "external-reference"),
    ],
)
def test_what_a_model_needs_of_elsewhere(data: bytes, rule: str) -> None:
    assert rules_of(scan_bytes(data)) == {rule: "medium"}


def test_a_layer_that_its_reader_brings_is_none_of_elsewhere() -> None:
    assert (
        rules_of(scan_bytes(model(500, network(DENSE, field(500, field(10, "groupnorm")))))) == {}
    )
    assert rules_of(
        scan_bytes(model(500, network(DENSE, field(500, field(10, "groupnorms")))))
    ) == {"custom-layer": "medium"}


def weights(*sizes: int, count: int | None = None) -> bytes:
    data = struct.pack("<II", len(sizes) if count is None else count, 2) + bytes(56)
    for size in sizes:
        data += struct.pack("<IIQQ", 0xDEADBEEF, 1, size, len(data) + 64) + bytes(40)
        data += b"\1" * size + bytes(-size % 64)
    return data


def test_weights() -> None:
    report = scan_bytes(weights(3, 64, 200), "weight.bin")
    assert [one.format for one in report.artifacts] == ["coreml-weights"]
    assert report.complete
    assert not report.findings


def test_weights_that_do_not_hold() -> None:
    for data in (weights(3, count=9), weights(200)[:-150], weights(3, count=1 << 31)):
        report = scan_bytes(data, "weight.bin")
        assert rules_of(report) == {"model-structure": "medium"}
        assert not report.complete
    assert rules_of(scan_bytes(weights(3) + b"PK" * 40))["trailing-data"] == "medium"


@settings(max_examples=300, deadline=None)
@given(
    data=st.sampled_from([model(500, network(CUSTOM)), model(502, program("x")), weights(3, 4)]),
    place=st.integers(0, 400),
    patch=st.binary(min_size=1, max_size=8),
    drop=st.integers(0, 4),
)
def test_mutations_never_raise(data: bytes, place: int, patch: bytes, drop: int) -> None:
    place %= len(data)
    report = scan_bytes(data[:place] + patch + data[place + drop :])
    assert not any("defect" in problem.advice for problem in report.errors)
