"""The JSON report is the contract with programs."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path

import jsonschema
import pytest

from modelassay import scan
from modelassay.core.report import Report, Tool
from modelassay.reports import View
from modelassay.reports.json import render, schema

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = json.loads((ROOT / "docs/reference/report.schema.json").read_bytes())
VALIDATOR = jsonschema.Draft202012Validator(PUBLISHED)

SAMPLES = {
    "clean.pkl": pickle.dumps({"a": 1}),
    "hostile.pkl": b"cposix\nsystem\n(S'id'\ntR.",
    "torn.pkl": pickle.dumps({"a": 1})[:-2],
    "unknown.xyz": bytes(range(256)),
    "prose.txt": b"a text\n",
    "empty": b"",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in SAMPLES.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def _load(report: Report) -> dict[str, object]:
    return json.loads(render(report, View()))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(PUBLISHED)
    assert json.loads(json.dumps(schema())) == PUBLISHED, "refresh with: make docs"


@pytest.mark.parametrize("name", [*SAMPLES, "missing"])
def test_real_reports_hold_to_the_schema(folder: Path, name: str) -> None:
    VALIDATOR.validate(_load(scan(folder / name)))


def test_a_whole_folder_holds_to_the_schema(folder: Path) -> None:
    report = _load(scan(folder))
    VALIDATOR.validate(report)
    assert report["findings"]
    assert len(report["artifacts"]) == len(SAMPLES)


def test_the_schema_refuses_what_is_no_report(folder: Path) -> None:
    report = _load(scan(folder))
    for wrong in ({**report, "schema": 2}, {**report, "verdict": "fine"}, {"schema": 1}):
        assert not VALIDATOR.is_valid(wrong)


def test_the_keys_of_the_contract(folder: Path) -> None:
    report = _load(scan(folder / "hostile.pkl"))
    assert list(report) == [
        "schema", "tool", "target", "verdict", "complete",
        "artifacts", "findings", "coverage", "errors",
    ]  # fmt: skip
    assert report["tool"]["name"] == "modelassay"
    artifact = report["artifacts"][0]
    assert {"path", "format", "status", "size", "sha256"} <= set(artifact)
    finding = report["findings"][0]
    assert {
        "rule", "severity", "confidence", "message", "artifact", "location", "evidence",
        "fires_at", "cwe", "atlas", "cve", "remediation", "fingerprint",
    } <= set(finding)  # fmt: skip
    assert set(finding["location"]) == {"offset", "path"}
    page = ROOT / finding["docs"]
    assert page.is_file()


def test_the_same_scan_gives_the_same_bytes(folder: Path) -> None:
    first, second = (render(scan(folder), View()) for _ in range(2))
    assert first == second


def test_worst_first(folder: Path) -> None:
    order = ["critical", "high", "medium", "low", "info"]
    ranks = [order.index(f["severity"]) for f in _load(scan(folder))["findings"]]
    assert len(ranks) > 1
    assert ranks == sorted(ranks)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode there")
def test_a_file_name_that_is_no_unicode(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/bad\xff.pkl"
    with open(path, "wb") as file:
        file.write(SAMPLES["clean.pkl"])
    report = _load(scan(os.fsdecode(path)))
    VALIDATOR.validate(report)
    assert report["artifacts"][0]["path"].endswith("bad\\udcff.pkl")


def test_it_is_utf_8() -> None:
    data = render(Report(Tool("modelassay", "0"), ["modèle"]), View())
    assert "modèle" in data.decode()
