"""TorchScript that PyTorch wrote, see tests/data/make_torchscript.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.scanning import rules_of, scan_bytes

_SAMPLES = sorted((Path(__file__).parents[2] / "data").glob("torchscript-*/*"))
_FOUND = {
    "saves": {"torchscript-operator": "critical"},
    "reads": {"torchscript-operator": "high"},
    "honest": {},
}


def test_there_are_samples_of_several_versions() -> None:
    assert len({path.parent for path in _SAMPLES}) > 2
    assert {path.name.partition("_")[0].partition(".")[0] for path in _SAMPLES} == set(_FOUND)


@pytest.mark.parametrize("path", _SAMPLES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_samples_are_as_bad_as_their_names_say(path: Path) -> None:
    report = scan_bytes(path.read_bytes(), path.name)
    assert report.complete
    assert rules_of(report) == _FOUND[path.name.partition("_")[0].partition(".")[0]]
    assert report.artifacts[0].format in ("torchscript", "pytorch-mobile")
    if path.name.startswith("reads"):
        assert {finding.fires_at for finding in report.findings} == {"load"}
