"""Files that skops, ONNX Runtime and Keras 2 wrote, each read whole and silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelassay import scan
from modelassay.core.facts import Graph, Import, Layer, Tensor
from tests.formats.exploring import DATA, explore

SKOPS = sorted(DATA.glob("skops-*/*.skops"))
RUNTIME = sorted(DATA.glob("onnxruntime-*/*.ort"))
KERAS = DATA / "tensorflow-2.15.1" / "keras" / "keras_metadata.pb"


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", [*SKOPS, *RUNTIME, KERAS], ids=named)
def test_it_is_clean_and_complete(path: Path) -> None:
    report = scan(path)
    assert [finding.message for finding in report.findings] == []
    assert report.complete
    wanted = {".skops": "skops", ".ort": "onnx-runtime", ".pb": "keras-metadata"}
    assert report.artifacts[0].format == wanted[path.suffix]


def test_there_are_two_versions() -> None:
    assert {path.parent.name for path in SKOPS} == {"skops-0.10.0", "skops-0.16.0"}
    assert {path.parent.name for path in RUNTIME} == {"onnxruntime-1.17.3", "onnxruntime-1.23.2"}


@pytest.mark.parametrize("version", ["0.10.0", "0.16.0"])
def test_what_skops_wrote(version: str) -> None:
    said = explore(DATA / f"skops-{version}" / "pipeline.skops")
    names = {f.name.qualname for artifact in said.walk() for f in artifact.of(Import)}
    assert {"Pipeline", "StandardScaler", "LogisticRegression", "FunctionTransformer"} <= names


@pytest.mark.parametrize("version", ["1.17.3", "1.23.2"])
def test_what_the_runtime_wrote(version: str) -> None:
    """Constants may be folded by it; the branches of control flow stay."""
    said = explore(DATA / f"onnxruntime-{version}" / "control.ort")
    ops = {node.op for graph in said.of(Graph) for _, _, node in graph.network.nodes()}
    assert {"If", "Loop"} & ops


@pytest.mark.parametrize("version", ["1.17.3", "1.23.2"])
def test_the_weights_it_kept(version: str) -> None:
    tensors = explore(DATA / f"onnxruntime-{version}" / "linear.ort").of(Tensor)
    assert {tensor.dtype for tensor in tensors} == {"float32"}
    assert all(tensor.shape and tensor.size for tensor in tensors)


def test_what_keras_2_wrote() -> None:
    said = explore(KERAS)
    layers = {f.class_name for artifact in said.walk() for f in artifact.of(Layer)}
    assert {"Sequential", "Dense", "Rescaling"} <= layers
