"""JSON Lines: told while files are read, and the same as the report in the end."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelassay import scan
from modelassay.api import stream
from modelassay.engines import Work
from modelassay.reports import BY_ID, View, jsonl
from tests.engines.test_local import HOSTILE, _folder

ROOT = Path(__file__).resolve().parents[2]
TARGETS = [ROOT / "examples", ROOT / "tests" / "data" / "repositories"]


def _parsed(data: bytes) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"artifact": [], "finding": [], "error": [], "report": []}
    for line in data.splitlines():
        ((kind, value),) = json.loads(line).items()
        found[kind].append(value)
    return found


def _sorted(values: list[Any]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def _streamed(*targets: Path, **given: Any) -> bytes:
    parts = list(stream(*targets, **given))
    return b"".join(
        (*(line for part in parts for line in jsonl.lines(part)), jsonl.last(parts[-1]))
    )


@pytest.mark.parametrize("work", [Work(), Work(2)], ids=["alone", "jobs"])
def test_what_is_told_bit_by_bit_is_the_report(tmp_path: Path, work: Work) -> None:
    folder = _folder(tmp_path / "models", 30)
    (folder / "raw.bin").write_bytes(bytes(range(256)))
    (folder / os.fsdecode(b"\xff.pkl")).write_bytes(HOSTILE)
    targets = [*TARGETS, folder, tmp_path / "missing"]
    whole = json.loads(BY_ID["json"].load().render(scan(*targets), View()))
    told = _parsed(_streamed(*targets, work=work))
    assert _sorted(told["artifact"]) == _sorted(whole["artifacts"])
    assert _sorted(told["finding"]) == _sorted(whole["findings"])
    assert told["error"] == whole["errors"]
    (summary,) = told["report"]
    assert summary == {key: whole[key] for key in summary}
    assert any(one["format"] == "huggingface-repository" for one in told["artifact"])


def test_a_saved_report_becomes_the_same_lines() -> None:
    report = scan(*TARGETS)
    told = _parsed(BY_ID["jsonl"].load().render(report, View()))
    assert len(told["artifact"]) == len(report.artifacts)
    assert len(told["report"]) == 1


def test_lines_come_while_files_are_read(tmp_path: Path) -> None:
    parts = stream(_folder(tmp_path / "models", 5))
    first = next(parts)
    assert [one.path for one in first.artifacts] == [str(tmp_path / "models" / "0000.pkl")]
    for path in (tmp_path / "models").iterdir():
        path.unlink()
    assert sum(bool(part.errors) for part in parts) == 4


@pytest.mark.parametrize(
    ("files", "more", "code"),
    [
        ({"a.pkl": pickle.dumps([1])}, [], 0),
        ({"a.pkl": HOSTILE}, [], 1),
        ({"a.pkl": HOSTILE, "b.pkl": pickle.dumps([1])}, [], 1),
        ({"a.pkl": pickle.dumps(["one", 2.5])[:-3]}, [], 2),
        ({"a.xyz": bytes(range(256))}, [], 3),
        ({"a.xyz": bytes(range(256))}, ["--strict"], 2),
        ({}, [], 3),
    ],
)
def test_exit_codes_are_those_of_any_scan(
    tmp_path: Path, files: dict[str, bytes], more: list[str], code: int
) -> None:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, "-m", "modelassay", "scan", tmp_path, *more, "--format"]
    lines = subprocess.run([*command, "jsonl"], capture_output=True)
    whole = subprocess.run([*command, "json"], capture_output=True)
    assert (lines.returncode, whole.returncode) == (code, code)
    assert json.loads(lines.stdout.splitlines()[-1])["report"]["complete"] is (code not in (2,))


def test_lines_go_to_a_file(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "modelassay", "scan", ROOT / "examples", "--format", "jsonl"]
    done = subprocess.run([*command, "--output", out], capture_output=True)
    assert done.returncode == 1
    assert len(_parsed(out.read_bytes())["report"]) == 1
    assert not done.stdout


def test_the_schema_of_a_line_is_published() -> None:
    published = json.loads((ROOT / "docs/reference/report-line.schema.json").read_bytes())
    assert published == json.loads(json.dumps(jsonl.schema()))
    assert set(published["$defs"]["Line"]["properties"]) == {
        *("artifact", "finding", "error", "report"),
    }
