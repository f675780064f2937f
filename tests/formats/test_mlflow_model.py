"""MLmodel of MLflow: what loading imports, runs and reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core.facts import Reference
from modelassay.io.yaml_document import YamlError, read_yaml
from tests.helpers.events import Said
from tests.helpers.folders import GOLDEN
from tests.helpers.scanning import rules_of, scan_bytes

HONEST = (GOLDEN / "mlflow_code" / "MLmodel").read_bytes()


def references(data: bytes) -> dict[tuple[str, str], str]:
    said = Said("mlflow-model", data)
    found = [event for event in said.events if isinstance(event, Reference)]
    return {(one.role, one.at.path): one.target for one in found}


def test_what_the_file_names() -> None:
    path = "flavors.python_function."
    found = references(HONEST)
    assert found["loader-module", path + "loader_module"] == "mlflow.pyfunc.loaders.code_model"
    assert found["code", path + "code"] == "code"
    assert found["model-code-path", path + "model_code_path"].endswith("/agent.py")
    assert found["artifact", path + "artifacts.words.path"] == "artifacts/words.txt"
    assert ("artifact-uri", path + "artifacts.words.uri") in found


@pytest.mark.parametrize("name", ["mlflow_code", "mlflow_sklearn"])
def test_honest_files_are_silent(name: str) -> None:
    report = scan_bytes((GOLDEN / name / "MLmodel").read_bytes(), "MLmodel")
    assert [one.format for one in report.artifacts] == ["mlflow-model"]
    assert report.complete
    assert not report.findings


def test_json_is_yaml() -> None:
    data = b'{"flavors": {"python_function": {"loader_module": "evil"}}}'
    assert list(references(data).values()) == ["evil"]
    assert rules_of(scan_bytes(data)) == {"config-import": "low"}


def test_a_later_key_does_not_hide_an_earlier_one() -> None:
    data = b"flavors:\n  f:\n    loader_module: evil\n    loader_module: mlflow.sklearn\n"
    assert "config-import" in rules_of(scan_bytes(data))


def test_broken_yaml_is_not_clean() -> None:
    report = scan_bytes(b"flavors:\n  a: [\n", "MLmodel")
    assert not report.complete


def test_paths_that_lead_out() -> None:
    data = HONEST.replace(b"artifacts/words.txt", b"/etc/passwd")
    assert rules_of(scan_bytes(data)) == {"external-reference": "medium"}


@settings(max_examples=80, deadline=None)
@given(place=st.integers(0, 2000), patch=st.binary(min_size=0, max_size=4))
def test_mutations_never_raise(place: int, patch: bytes) -> None:
    place %= len(HONEST)
    report = scan_bytes(HONEST[:place] + patch + HONEST[place + 1 :])
    assert not any("defect" in problem.advice for problem in report.errors)


def test_truncation_never_raises() -> None:
    small = (GOLDEN / "mlflow_sklearn" / "MLmodel").read_bytes()
    for end in range(len(small)):
        Said("mlflow-model", small[:end])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", [("a", "1")]),
        ("a: null\nb: ~\nc: 'null'", [("a", None), ("b", None), ("c", "null")]),
        ("a: true\na: no", [("a", True), ("a", False)]),
        ("- x\n- - y", ["x", ["y"]]),
        ("a: &x v\nb: *x", [("a", "v"), ("b", "v")]),
        ("a: &x [1]\nb: *x", [("a", ["1"]), ("b", None)]),
        ("", None),
        ("a: 1\n---\nb: 2", [("a", "1")]),
    ],
)
def test_yaml_values(text: str, value: object) -> None:
    assert read_yaml(text).value == value


def test_yaml_tags_are_told_and_not_obeyed() -> None:
    found = read_yaml("a: !!python/object/apply:os.system [x]\nb: !own y\nc: !!str 1")
    assert found.tags == ["python/object/apply:os.system", "!own"]


@pytest.mark.parametrize("text", ["a: [", "[" * 300, "\x00"])
def test_yaml_that_is_none(text: str) -> None:
    with pytest.raises(YamlError):
        read_yaml(text)


def test_aliases_do_not_multiply() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert len(read_yaml("\n".join(lines)).value or []) == 60
