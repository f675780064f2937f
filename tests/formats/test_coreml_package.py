"""Manifests of CoreML packages: paths that climb, a root that is not there."""

from __future__ import annotations

import json

import pytest

from tests.formats.test_coreml import field, model, program
from tests.helpers.damage import changes_are_stood, cuts_are_told
from tests.helpers.scanning import rules_of, scan_bytes


def manifest(*paths: object, root: str = "0") -> bytes:
    items = {str(number): {"name": "x", "path": path} for number, path in enumerate(paths)}
    entries = {"fileFormatVersion": "1.0.0", "itemInfoEntries": items, "rootModelIdentifier": root}
    return json.dumps(entries).encode()


HONEST = manifest("com.apple.CoreML/model.mlmodel", "com.apple.CoreML/weights")


def test_an_honest_manifest_is_silent() -> None:
    report = scan_bytes(HONEST, "Manifest.json")
    assert [one.format for one in report.artifacts] == ["coreml-package"]
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (manifest("com.apple.CoreML/../../../x"), "external-reference"),
        (manifest("a", "/etc/passwd"), "external-reference"),
        (manifest("a", "file:///etc/passwd"), "external-reference"),
        (manifest("a", root="9"), "model-structure"),
        (manifest("a", None), "model-structure"),
        (HONEST.replace(b'"1":', b'"0":'), "model-structure"),
    ],
)
def test_what_leads_elsewhere(data: bytes, rule: str) -> None:
    assert rules_of(scan_bytes(data)) == {rule: "medium"}


def test_models_of_several_functions() -> None:
    functions = field(1, 8) + field(2, field(20, field(1, "a")) + field(21, "a"))
    report = scan_bytes(functions + field(502, program("@model_path/weights/weight.bin")))
    assert [one.format for one in report.artifacts] == ["coreml"]
    assert not report.findings
    assert scan_bytes(functions + field(555, field(10, "Evil"))).findings
    assert model(500, b"") != functions


def test_damage() -> None:
    cuts_are_told(HONEST, "coreml-package")
    changes_are_stood(HONEST)
