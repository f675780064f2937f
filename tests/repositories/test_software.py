"""Native code of software that was scanned whole: low, where the software accounts for it."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from modelassay import Options, scan
from modelassay.cli.main import run
from modelassay.core.report import Report
from tests.helpers import programs
from tests.helpers.folders import put, scanned

LIBRARY = "engine/lib/libengine.so"
RECORD = "engine-1.2.dist-info/RECORD"
MANIFEST = {"name": "@some/engine", "version": "1.2.0", "main": "engine.js"}


def distribution(**others: bytes) -> dict[str, bytes]:
    """Return the files of a wheel with a library, and `others` that its record names."""
    files = {"engine/__init__.py": b"", LIBRARY: programs.shared(), **others}
    lines = [f"{name},sha256={digest(data)},{len(data)}" for name, data in files.items()]
    return {**files, RECORD: "\n".join([*lines, f"{RECORD},,"]).encode()}


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def executables(report: Report) -> dict[str, str]:
    """Return the severity by the name of each file that is an executable."""
    return {
        one.artifact.replace("\\", "/").rpartition("/")[2]: one.severity.value
        for one in report.findings
        if one.rule == "embedded-executable"
    }


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("deep", [False, True])
def test_a_library_that_the_wheel_records(tmp_path: Path, deep: bool) -> None:
    options = Options(deep=deep)
    report = scan(packed(tmp_path / "engine-1.2-py3-none-any.whl", distribution()), options=options)
    assert executables(report) == {"libengine.so": "low"}
    (finding,) = report.findings
    assert "the Python distribution engine 1.2" in finding.message
    assert (report.verdict, report.complete) == ("clean", True)


def test_a_library_of_an_installed_distribution(tmp_path: Path) -> None:
    assert executables(scanned(put(tmp_path, {**distribution()}))) == {"libengine.so": "low"}


def test_a_library_that_is_not_the_one_recorded(tmp_path: Path) -> None:
    files = {**distribution(), LIBRARY: programs.elf()}
    assert executables(scanned(put(tmp_path, {**files}))) == {"libengine.so": "high"}


def test_a_library_that_is_not_recorded(tmp_path: Path) -> None:
    files = {**distribution(), "engine/other.so": programs.shared()}
    assert executables(scanned(put(tmp_path, {**files}))) == {
        "libengine.so": "low",
        "other.so": "high",
    }


def test_a_program_inside_a_model_that_is_recorded(tmp_path: Path) -> None:
    model = packed(tmp_path / "model", {"weights.bin": programs.elf()}).read_bytes()
    report = scan(packed(tmp_path / "engine.whl", distribution(**{"engine/model.zip": model})))
    assert sorted(executables(report).values()) == ["high", "low"]


def test_modules_of_a_package_of_npm(tmp_path: Path) -> None:
    files = {"package.json": json.dumps(MANIFEST), "engine.js": "", "engine.wasm": programs.wasm()}
    report = scanned(put(tmp_path, files | {"native.node": programs.shared()}))
    assert executables(report) == {"engine.wasm": "low", "native.node": "high"}


@pytest.mark.parametrize(
    "manifest", ["{}", "[]", "{", json.dumps({"name": "engine", "version": "1.2.0"})]
)
def test_what_is_no_package_of_npm(tmp_path: Path, manifest: str) -> None:
    report = scanned(put(tmp_path, {"package.json": manifest, "engine.wasm": programs.wasm()}))
    assert executables(report) == {"engine.wasm": "high"}


@pytest.mark.parametrize("more", [[], ["--jobs", "2"]])
def test_a_scan_that_is_told_while_it_goes_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, more: list[str]
) -> None:
    put(tmp_path / "a", {**distribution()})
    put(tmp_path / "b", {"other.so": programs.shared()})
    assert run(["scan", str(tmp_path), "--format", "jsonl", *more]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    findings = [line["finding"] for line in told if "finding" in line]
    assert {Path(one["artifact"]).name: one["severity"] for one in findings} == {
        "libengine.so": "low",
        "other.so": "high",
    }
