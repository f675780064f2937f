"""Indexes of sharded weights: the files they name."""

from __future__ import annotations

import json

import pytest

from modelassay.core.facts import Reference
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes


def index(**files: str) -> bytes:
    return json.dumps({"metadata": {"total_size": 7}, "weight_map": files}).encode()


def test_an_honest_index() -> None:
    data = index(a="model-00001-of-00002.safetensors", b="model-00001-of-00002.safetensors", c="x")
    said = Said("tensor-index", data)
    references = [event for event in said.events if isinstance(event, Reference)]
    assert [(one.target, one.count) for one in references] == [
        ("model-00001-of-00002.safetensors", 2),
        ("x", 1),
    ]
    report = scan_bytes(data, "model.safetensors.index.json")
    assert report.complete and not report.findings
    assert report.artifacts[0].format == "tensor-index"


@pytest.mark.parametrize(
    "target",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "C:\\windows\\x",
        "..\\..\\x",
        "https://evil.example/model.safetensors",
        "file:///etc/passwd",
        "a/../../b",
    ],
)
def test_a_name_that_leads_out(target: str) -> None:
    assert rules_of(scan_bytes(index(a="ok.bin", b=target))) == {"external-reference": "medium"}


def test_a_map_hidden_by_another() -> None:
    text = '{"weight_map": {"a": "/etc/passwd"}, "weight_map": {"a": "ok.bin"}}'
    found = rules_of(scan_bytes(text.encode()))
    assert found == {"external-reference": "medium", "ambiguous-json": "medium"}


def test_a_tensor_that_stands_twice_or_in_no_file() -> None:
    for entries in ('"a": "x.bin", "a": "y.bin"', '"a": 7'):
        text = '{"weight_map": {' + entries + "}}"
        assert rules_of(scan_bytes(text.encode())) == {"ambiguous-json": "medium"}
