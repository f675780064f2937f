"""skops files: what their nodes would make, and nodes that lie."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from modelassay import Report, scan

STR = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": '"x"'}


def node(name: str, loader: str, **rest: Any) -> dict[str, Any]:
    module, _, class_ = name.rpartition(".")
    return {"__class__": class_, "__module__": module, "__loader__": loader, **rest}


def scanned(tmp_path: Path, schema: dict[str, Any] | str | bytes) -> Report:
    text = schema if isinstance(schema, str | bytes) else json.dumps(schema)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("schema.json", text)
    path = tmp_path / "model.skops"
    path.write_bytes(buffer.getvalue())
    return scan(path)


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_a_schema_in_another_encoding(tmp_path: Path) -> None:
    """`json.loads` gets its bytes, and takes UTF-16 and UTF-32, too."""
    text = json.dumps(node("posix.system", "FunctionNode"))
    for encoding in ("utf-8-sig", "utf-16", "utf-16-be", "utf-32"):
        assert "command-execution" in rules(scanned(tmp_path, text.encode(encoding)))


def test_an_estimator_of_a_known_class_is_silent(tmp_path: Path) -> None:
    content = node("builtins.dict", "DictNode", content={"C": STR}, key_types=STR)
    estimator = node("sklearn.linear_model._logistic.LogisticRegression", "ObjectNode")
    report = scanned(tmp_path, {**estimator, "content": content, "_skops_version": "0.13"})
    assert (report.verdict, report.complete) == ("clean", True)
    assert report.artifacts[0].format == "skops"


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        (node("_operator.call", "OperatorFuncNode", attrs=STR), "skops-loader"),
        (node("posix.system", "JsonNode", content='"x"'), "skops-loader"),
        (node("posix.system", "FunctionNode"), "command-execution"),
        (node("builtins.eval", "ConstructorFromReduceNode", content=STR), "code-execution"),
        (node("subprocess.Popen", "ListNode", content=[STR]), "command-execution"),
        (
            node(
                "functools.partial", "PartialNode", content={"func": node("os.system", "TypeNode")}
            ),
            "command-execution",
        ),
        (
            node("mylib.Model", "MethodNode", content={"func": "run", "obj": STR}),
            "name-resolution",
        ),
        (node("mylib.nets.Model", "ObjectNode"), "unvouched-package"),
    ],
)
def test_a_hostile_node_is_found(tmp_path: Path, schema: dict[str, Any], rule: str) -> None:
    report = scanned(tmp_path, node("builtins.list", "ListNode", content=[schema]))
    assert rule in rules(report)


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    text = '{"__class__": "str", "__class__": "system", "__module__": "posix", "__loader__": "T"}'
    report = scanned(tmp_path, text)
    assert {"skops-loader", "command-execution"} <= rules(report)


def test_a_schema_that_is_no_json_is_never_clean(tmp_path: Path) -> None:
    assert not scanned(tmp_path, '{"__class__": ').complete
    assert not scanned(tmp_path, "[" * 200_000).complete
