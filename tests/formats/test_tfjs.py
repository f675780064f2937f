"""TensorFlow.js models, and the raw weights beside a model that describes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelassay import scan
from tests.helpers.scanning import rules_of, scan_bytes

DENSE = {"class_name": "Dense", "config": {"name": "d", "units": 2}}


def model(*layers: object, paths: object = ("w.bin",), **rest: object) -> bytes:
    weights = [
        {"name": "d/kernel", "shape": [2, 3], "dtype": "float32"},
        {"name": "d/bias", "shape": [4], "dtype": "float32", "quantization": {"dtype": "uint8"}},
    ]
    topology = {"model_config": {"class_name": "Sequential", "config": {"layers": list(layers)}}}
    return json.dumps(
        {
            "format": "layers-model",
            "modelTopology": topology,
            "weightsManifest": [{"paths": paths, "weights": weights}],
            **rest,
        }
    ).encode()


def test_an_honest_model_is_silent() -> None:
    report = scan_bytes(model(DENSE), "model.json")
    assert [one.format for one in report.artifacts] == ["tfjs", "keras-config"]
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize("path", ["../../x", "/etc/x", "https://x.example/w.bin", "%2e%2e/%2e./x"])
def test_weights_of_other_places(path: str) -> None:
    assert rules_of(scan_bytes(model(DENSE, paths=[path]))) == {"external-reference": "medium"}


def test_layers_are_judged_as_those_of_keras() -> None:
    custom = {"class_name": "Evil", "registered_name": "p>Evil", "config": {"name": "e"}}
    assert rules_of(scan_bytes(model(custom))) == {"keras-custom-object": "medium"}


@pytest.mark.parametrize("name", ["Lambda", "TensorFlowOpLayer", "TFOpLambda"])
def test_layers_that_run_code_of_elsewhere(name: str) -> None:
    layer = {"class_name": name, "config": {"name": "x", "function": "f"}}
    wrapped = {"class_name": "TimeDistributed", "config": {"name": "t", "layer": layer}}
    for data in (model(layer), model(DENSE, wrapped)):
        assert rules_of(scan_bytes(data))["custom-layer"] == "medium"


def manifest(*paths: str) -> bytes:
    weights = [{"name": "w", "shape": [2, 3], "dtype": "float32"}]
    return json.dumps([{"weights": weights, "paths": paths}], indent=2).encode()


def test_a_manifest_in_a_file_of_its_own() -> None:
    report = scan_bytes(manifest("shard1"), "weights_manifest.json")
    assert [one.format for one in report.artifacts] == ["tfjs"]
    assert (report.complete, report.findings) == (True, [])
    assert rules_of(scan_bytes(manifest("../../x"))) == {"external-reference": "medium"}


def test_a_list_that_only_looks_like_a_manifest_is_none() -> None:
    report = scan_bytes(b'[{"paths": ["a"]}, {"paths": ["b"], "weights": [1]}]', "routes.json")
    assert [one.format for one in report.artifacts] == ["text"]


def graph(*operators: str, **more: object) -> bytes:
    nodes = [{"name": f"n{i}", "op": op, "input": ["n0"]} for i, op in enumerate(operators)]
    return json.dumps({"format": "graph-model", "modelTopology": {"node": nodes, **more}}).encode()


def test_graphs_of_its_own_operators_are_silent() -> None:
    report = scan_bytes(graph("Placeholder", "Const", "_FusedConv2D", "While", "HashTableV2"))
    assert [one.format for one in report.artifacts] == ["tfjs"]
    assert report.complete
    assert not report.findings


def test_operators_that_somebody_has_to_register() -> None:
    function = {"signature": {"name": "f"}, "nodeDef": [{"name": "x", "op": "ReadFile"}]}
    for data in (graph("EvilOp"), graph("Const", library={"function": [function]})):
        assert rules_of(scan_bytes(data)) == {"custom-operator": "medium"}
    assert not scan_bytes(graph(*[""] * 3, "Const").replace(b'"op"', b'"no"')).errors


def test_weights_that_are_accounted_for_are_known(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_bytes(model(DENSE))
    (tmp_path / "w.bin").write_bytes(b"\x01\x02" * 14)
    report = scan(tmp_path)
    assert report.complete
    assert {Path(one.path).name: one.format for one in report.artifacts}["w.bin"] == "weights"


def test_more_bytes_than_are_accounted_for_are_not_known(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_bytes(model(DENSE))
    (tmp_path / "w.bin").write_bytes(b"\x01\x02" * 14 + b"\x01")
    assert not scan(tmp_path).complete


def test_what_is_hidden_in_weights_is_found(tmp_path: Path) -> None:
    payload = b"\x80\x04cos\nsystem\n(X\x02\x00\x00\x00hitR."
    (tmp_path / "model.json").write_bytes(model(DENSE))
    (tmp_path / "w.bin").write_bytes(payload)
    report = scan(tmp_path)
    assert rules_of(report)["command-execution"] == "critical"
