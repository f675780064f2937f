"""Policies and baselines are TOML; a mistake is told with its line and key."""

from __future__ import annotations

import datetime
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from modelassay.core.findings import Severity
from modelassay.policy import PolicyError, Waiver, Waivers
from modelassay.policy.reading import read_policy, read_waivers
from modelassay.policy.waivers import write

ROOT = Path(__file__).resolve().parents[2]
FULL = """\
fail_on = "medium"
complete = "all"
yara = ["rules/own.yar"]

[formats]
allow = ["safetensors", "onnx"]

[[exceptions]]
fail_on = "never"
rule = "unvouched-package"
path = "research/*"
reason = "a sandbox"

[[vouch]]
names = ["mylib.nets.*"]
reason = "ours"

[limits]
seconds = 60
inflated = "2G"
"""


def _write(tmp_path: Path, text: str, name: str = "policy.toml") -> str:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return str(path)


def test_all_of_a_policy_is_read(tmp_path: Path) -> None:
    policy = read_policy(_write(tmp_path, FULL))
    assert policy.fail_on == "medium" and policy.complete == "all"
    assert policy.formats.allow == ("safetensors", "onnx")
    assert policy.exceptions[0].path == "research/*"
    assert policy.vouched == ("mylib.nets.*",)
    assert policy.limits.inflated == "2G"
    assert policy.yara == (str(tmp_path / "rules/own.yar"),)


def test_a_pyproject_has_it_in_its_own_table(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.modelassay]\nfail_on = "low"\n'
    assert read_policy(_write(tmp_path, text, "pyproject.toml")).fail_on == "low"
    with pytest.raises(PolicyError, match=r"no table \[tool.modelassay\]"):
        read_policy(_write(tmp_path, '[project]\nname = "x"\n', "pyproject.toml"))


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('fail_on = "hihg"\n', 1, "fail_on"),
        ('\n\nfail_no = "high"\n', 3, "fail_no"),
        ("[limits]\nseconds = 3\nmembers = 0\n", 3, "limits.members"),
        ('[limits]\ninflated = "much"\n', 2, "limits.inflated"),
        ('[[vouch]]\nnames = ["a"]\nreason = "x"\n\n[[vouch]]\nnames = ["b"]\n', 5, "vouch[1]"),
        ('[[vouch]]\nreason = "x"\nnames = [1]\n', 3, "vouch[0].names[0]"),
        ('[formats]\nallow = "onnx"\n', 2, "formats.allow"),
        ('[[exceptions]]\nfail_on = "never"\nrules = "x"\n', 3, "exceptions[0].rules"),
    ],
)
def test_a_mistake_is_told_with_line_and_key(
    tmp_path: Path, text: str, line: int, key: str
) -> None:
    with pytest.raises(PolicyError) as told:
        read_policy(_write(tmp_path, text))
    assert f"policy.toml:{line}: {key}: " in str(told.value)


def test_in_a_pyproject_the_line_is_that_of_its_table(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.other]\nfail_on = 1\n[tool.modelassay]\nfail_on = 1\n'
    with pytest.raises(PolicyError, match=r":6: fail_on"):
        read_policy(_write(tmp_path, text, "pyproject.toml"))


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="line 2"):
        read_policy(_write(tmp_path, 'fail_on = "high"\n= 3\n'))
    with pytest.raises(PolicyError, match="cannot read"):
        read_policy(str(tmp_path / "missing.toml"))


def test_a_baseline_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    odd = 'quotes " backslash \\ tab\t é 日本 \x7f \U0001f600 [[waivers]]\nnew = "line"'
    waiver = Waiver(
        fingerprint="ab" * 16,
        rule="command-execution",
        reason=odd,
        owner="me",
        expires=datetime.date(2027, 1, 2),
        severity=Severity.HIGH,
        artifact="a.pkl",
        message="calls",
    )
    book = Waivers(waivers=(waiver,))
    assert read_waivers(_write(tmp_path, write(book), "baseline.toml")) == book


def test_the_published_schemas_hold_for_what_is_read() -> None:
    schema = json.loads((ROOT / "docs/reference/policy.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(tomllib.loads(FULL))
    assert not validator.is_valid({"fail_no": "high"})


@pytest.mark.parametrize(
    ("data", "line", "key"),
    [
        (b'\xef\xbb\xbffail-on = "worst"\r\n', 1, "fail-on"),
        (b'\r\n\r\nfail-on = "worst"\r\n', 3, "fail-on"),
        (b'limits = { seconds = "long" }\n', 1, "seconds"),
        (b'\nlimits.seconds = "long"\n', 2, "seconds"),
        (b'\n["limits"]\n"seconds" = "long"\n', 3, "seconds"),
    ],
    ids=["mark", "CRLF", "inline table", "dotted", "quoted"],
)
def test_however_toml_is_written_a_mistake_has_its_line(
    tmp_path: Path, data: bytes, line: int, key: str
) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(data)
    with pytest.raises(PolicyError) as told:
        read_policy(str(path))
    assert f"policy.toml:{line}:" in str(told.value) and key in str(told.value)


@pytest.mark.parametrize("data", [b"\xff\xfef\0", b"a = " + b"[" * 100_000, b"x" * 1_000_000])
def test_what_is_no_toml_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(data)
    with pytest.raises(PolicyError, match=r"policy\.toml"):
        read_policy(str(path))
