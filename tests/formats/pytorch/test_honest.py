"""What PyTorch writes is read whole, and nothing is said against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelassay import scan
from modelassay.core.facts import Lookup, Tensor
from tests.formats.exploring import DATA, explore

SAMPLES = sorted(path for path in DATA.glob("torch-*/*") if path.is_file())
RULES = {
    "tensor-out-of-bounds",
    "storage-mismatch",
    "persistent-id",
    "numpy-header",
    "broken-pickle",
}


def label(path: Path) -> str:
    return f"{path.parent.name}-{path.name}"


def test_there_are_samples() -> None:
    assert {path.parent.name for path in SAMPLES} >= {"torch-1.4.0", "torch-1.8.1", "torch-2.13.0"}
    assert len(SAMPLES) >= 25


@pytest.mark.parametrize("path", SAMPLES, ids=label)
def test_is_read_whole_and_silently(path: Path) -> None:
    found = explore(path)
    assert found.anomalies == []
    assert found.reasons == []
    report = scan(path)
    assert {artifact.status for artifact in report.artifacts} == {"scanned"}
    assert not RULES & {finding.rule for finding in report.findings}


@pytest.mark.parametrize("path", SAMPLES, ids=label)
def test_is_told_by_its_own_format(path: Path) -> None:
    found = explore(path)
    old = path.parent.name < "torch-1.6" or "legacy" in path.stem
    expected = "pytorch-legacy" if old else "pytorch-zip"
    if path.stem in ("script", "mobile"):
        # The first TorchScript kept its graph in JSON.
        expected = "zip" if path.parent.name == "torch-1.0.0" else "torchscript"
    if path.stem == "package":
        expected = "torch-package"
    assert found.formats == [expected]


@pytest.mark.parametrize("path", SAMPLES, ids=label)
def test_tensor_data_is_not_read(path: Path) -> None:
    found = explore(path)
    if found.formats == ["zip"]:
        return
    skipped = sum(one.skipped.get("tensor data", 0) for one in found.walk())
    assert skipped > 0
    assert not any("/data/" in one.path and ".data/" not in one.path for one in found.walk())


def test_tensors_are_told_once_for_each_shape() -> None:
    tensors = explore(DATA / "torch-2.13.0" / "dtypes.pt").of(Tensor)
    sizes = {fact.dtype: fact.size for fact in tensors}
    assert sizes["uint16"] == 6
    assert sizes["half"] == 6
    assert sizes["complexdouble"] == 48
    assert all(fact.shape == (3,) for fact in tensors)


def test_views_and_expanded_tensors() -> None:
    found = explore(DATA / "torch-2.13.0" / "views.pt")
    assert (1000,) in {fact.shape for fact in found.of(Tensor)}
    assert sum(fact.count for fact in found.of(Lookup)) == 8
