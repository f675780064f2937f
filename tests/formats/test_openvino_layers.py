"""OpenVINO: layers that no set of operations has, and constants that the raw file has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelassay import scan
from tests.helpers.scanning import rules_of, scan_bytes


def network(layer: str, version: int = 11) -> str:
    return f'<?xml version="1.0"?><net name="m" version="{version}"><layers>{layer}</layers></net>'


def constant(offset: int, size: int = 8) -> str:
    data = f'<data element_type="u8" shape="{size}" offset="{offset}" size="{size}"/>'
    return network(f'<layer id="0" name="w" type="Const" version="opset1">{data}</layer>')


@pytest.mark.parametrize("kind", ["MatMul", "Const", "ReLU", "SoftMax", "If", "Abs", "Identity"])
def test_layers_of_openvino(kind: str) -> None:
    report = scan_bytes(network(f'<layer id="0" type="{kind}" version="opset1"/>').encode())
    assert report.artifacts[0].format == "openvino"
    assert not report.findings


@pytest.mark.parametrize(
    "layer",
    [
        '<layer id="0" type="Evil" version="opset1"/>',
        '<layer id="0" type="Evil"/>',
        '<layer id="0" type="Evil" version=""/>',
        '<layer id="0" type="MatMul" version="extension"/>',
        '<layer id="0" type="Loop" version="opset5"><body><layers>'
        '<layer id="0" type="Evil" version="opset1"/></layers></body></layer>',
    ],
)
def test_layers_of_nobody(layer: str) -> None:
    assert rules_of(scan_bytes(network(layer).encode())) == {"custom-layer": "medium"}


def test_networks_of_before_there_were_sets() -> None:
    old = network('<layer id="0" type="Eltwise"/>', version=7)
    assert not scan_bytes(old.encode()).findings


def test_constants_and_the_raw_file(tmp_path: Path) -> None:
    for name, text in (("good", constant(8)), ("bad", constant(9))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.xml").write_text(text)
        (tmp_path / name / "model.bin").write_bytes(bytes(range(16)))
    assert not scan(tmp_path / "good").findings
    report = scan(tmp_path / "bad")
    assert rules_of(report) == {"model-structure": "medium"}
    assert "up to byte 17 of model.bin, which has 16" in report.findings[0].message
