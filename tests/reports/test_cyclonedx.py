"""The bill of materials holds to the official schema of CycloneDX 1.6."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from modelassay import scan
from modelassay.core.report import Report, Tool
from modelassay.reports import View
from modelassay.reports.cyclonedx import render
from tests.helpers.folders import GOLDEN

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


@pytest.fixture(scope="module")
def made(report: Report) -> Any:
    return json.loads(render(report, View()))


def test_it_holds_to_the_official_schema(report: Report) -> None:
    assert VALIDATOR.validate_str(render(report, View()).decode()) is None


def test_an_empty_report_holds_to_it_too() -> None:
    empty = Report(Tool("modelassay", "0"), ["x"])
    assert VALIDATOR.validate_str(render(empty, View()).decode()) is None


def test_the_validator_can_fail(made: Any) -> None:
    assert VALIDATOR.validate_str(json.dumps(made | {"version": "one"})) is not None


def test_a_model_says_what_it_is(made: Any) -> None:
    (model,) = [one for one in made["components"] if one["name"].endswith("model.gguf")]
    assert model["type"] == "machine-learning-model"
    assert model["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert model["modelCard"]["modelParameters"]["modelArchitecture"] == "llama"
    assert model["pedigree"]["ancestors"][0]["name"] == "Base 7B"
    assert len(model["hashes"][0]["content"]) == 64


def test_members_are_components_of_their_file(made: Any) -> None:
    (outer,) = [one for one in made["components"] if one["name"].endswith("outer.zip")]
    assert "inner.zip!in/evil.pkl" in [one["name"] for one in outer["components"]]


def test_every_finding_is_a_vulnerability_of_a_component(made: Any, report: Report) -> None:
    refs = set()
    for component in made["components"]:
        refs.add(component["bom-ref"])
        refs |= {one["bom-ref"] for one in component.get("components", [])}
    assert len(made["vulnerabilities"]) == len(report.findings)
    for one in made["vulnerabilities"]:
        assert one["affects"][0]["ref"] in refs


def test_the_serial_number_is_of_the_content(report: Report, made: Any) -> None:
    assert render(report, View()) == render(report, View())
    other = json.loads(render(Report(Tool("modelassay", "0"), ["x"]), View()))
    assert other["serialNumber"] != made["serialNumber"]


CARD = """---
license: other
license_name: llama3.1
base_model: meta-llama/Llama-3.1-8B
datasets: [some/data]
pipeline_tag: text-generation
library_name: transformers
---
# A model
"""


def _bom(*targets: str) -> Any:
    made = render(scan(*targets), View())
    assert VALIDATOR.validate_str(made.decode()) is None
    return json.loads(made)


def test_a_repository_is_one_model_with_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tuned", "tuned/inner"):
        shutil.copytree(GOLDEN / "llama", tmp_path / name)
    (tmp_path / "tuned" / "README.md").write_text(CARD)
    (tmp_path / "alone.md").write_text(CARD)
    alone, model = sorted(_bom(str(tmp_path))["components"], key=lambda one: str(one["name"]))
    assert alone["type"] == "file" and alone["licenses"] == [{"license": {"name": "llama3.1"}}]
    assert model["type"] == "machine-learning-model" and model["name"] == "tuned"
    assert model["licenses"] == [{"license": {"name": "llama3.1"}}]
    assert model["pedigree"]["ancestors"][0]["name"] == "meta-llama/Llama-3.1-8B"
    parameters = model["modelCard"]["modelParameters"]
    assert parameters["task"] == "text-generation"
    assert parameters["datasets"] == [{"type": "dataset", "name": "some/data"}]
    assert parameters["modelArchitecture"] == "llama"
    names = [one["name"] for one in model["components"]]
    assert {"README.md", "model.safetensors", "inner", "inner/config.json"} <= set(names)
    monkeypatch.chdir(tmp_path / "tuned")
    (here,) = _bom(".")["components"]
    assert len(here["components"]) == len(names)


@pytest.mark.parametrize("name", sorted(one.name for one in GOLDEN.iterdir() if one.is_dir()))
def test_bills_of_real_repositories(name: str) -> None:
    made = _bom(str(GOLDEN / name))
    refs = [made_of["bom-ref"] for made_of in _all(made["components"])]
    assert len(refs) == len(set(refs)) > 0


def _all(components: list[Any]) -> list[Any]:
    found = list(components)
    for one in components:
        found += _all(one.get("components", []))
    return found
