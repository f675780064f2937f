"""The exit code alone tells a script how a scan ended."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from modelassay import Report
from modelassay.cli.exits import Exit, exit_code
from modelassay.core.facts import Location
from modelassay.core.findings import Finding, Severity
from modelassay.core.report import Artifact, Problem, Tool
from modelassay.policy import Policy, decide

Invoke = Callable[..., tuple[int, str, str]]


def _finding(severity: Severity) -> Finding:
    return Finding(
        "a-rule", severity, "high", "m", "a", Location(), (), "load", None, None, (), "r", "d", "f"
    )


def _report(severity: Severity | None, failed: bool, status: str | None) -> Report:
    return Report(
        Tool("modelassay", "0"),
        ["a"],
        complete=not failed,
        artifacts=[Artifact("a", None, status, 1)] if status else [],  # type: ignore[arg-type]
        findings=[_finding(severity)] if severity else [],
        errors=[Problem("a", "m")] if failed else [],
    )


@pytest.mark.parametrize("fail_on", [s for s in Severity if s is not Severity.INFO])
@pytest.mark.parametrize("found", [None, *Severity])
@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize("status", [None, "scanned", "unknown"])
def test_found_outranks_error_outranks_nothing(
    fail_on: Severity, found: Severity | None, failed: bool, status: str | None
) -> None:
    report = _report(found, failed, status)
    code = exit_code(report, decide(report, Policy(fail_on=fail_on.value)))
    if found is not None and found.rank >= fail_on.rank:
        assert code == Exit.FOUND == 1
    elif failed:
        assert code == Exit.ERROR == 2
    elif status != "scanned":
        assert code == Exit.NOTHING == 3
    else:
        assert code == Exit.CLEAR == 0


def test_clean_is_0(invoke: Invoke, clean: Path) -> None:
    assert invoke("scan", clean)[0] == 0


def test_found_is_1(invoke: Invoke, hostile: Path) -> None:
    assert invoke("scan", hostile)[0] == 1


def test_found_outranks_what_is_torn(invoke: Invoke, hostile: Path, torn: Path) -> None:
    assert invoke("scan", torn, hostile)[0] == 1


def test_not_read_whole_is_2(invoke: Invoke, clean: Path, torn: Path) -> None:
    assert invoke("scan", clean, torn)[0] == 2


def test_a_missing_target_is_2(invoke: Invoke, tmp_path: Path, clean: Path) -> None:
    code, out, _ = invoke("scan", clean, tmp_path / "missing.pkl")
    assert code == 2
    assert "missing.pkl" in out
    assert "cannot open" in out


def test_an_empty_folder_is_3(invoke: Invoke, tmp_path: Path) -> None:
    code, out, _ = invoke("scan", tmp_path)
    assert code == 3
    assert "NOTHING" in out


def test_nothing_known_is_3(invoke: Invoke, unknown: Path) -> None:
    assert invoke("scan", unknown)[0] == 3


def test_strict_counts_what_is_unknown(invoke: Invoke, unknown: Path, clean: Path) -> None:
    assert invoke("scan", unknown, clean)[0] == 0
    assert invoke("scan", unknown, clean, "--strict")[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan"],
        ["scan", "--no-such-flag", "x"],
        ["scan", "x", "--fail-on", "info"],
        ["scan", "x", "--fail-on", "bad"],
        ["scan", "x", "--format", "yaml"],
        ["scan", "x", "--format", "json", "--format", "text"],
        ["scan", "x", "--format", "json", "--output", "no/such/folder/r.json"],
        ["scan", "x", "--output", "a", "--output", "b"],
        ["scan", "x", "--format", "json", "--output", "a", "--format", "text", "--output", "a"],
        ["scan", "x", "--max-inflated", "many"],
        ["scan", "x", "--max-seconds", "0"],
        ["explain", "no-such-rule"],
        ["explain"],
        ["nothing"],
        ["--no-such-flag"],
    ],
    ids=" ".join,
)
def test_usage_is_4(invoke: Invoke, arguments: list[str]) -> None:
    code, out, err = invoke(*arguments)
    assert code == 4
    assert out == ""
    assert err


def test_fail_on_moves_the_line(invoke: Invoke, tmp_path: Path) -> None:
    """The same finding fails a scan or not, by --fail-on alone."""
    path = tmp_path / "own.pkl"
    path.write_bytes(b"cmylib.nets\nModel\n)\x81.")  # a class of a package nobody covers: medium
    codes = {level: invoke("scan", path, "--fail-on", level)[0] for level in ("high", "medium")}
    assert codes == {"high": 0, "medium": 1}


def test_an_allowed_callable_is_no_finding(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "own.pkl"
    path.write_bytes(b"cmylib.nets\nModel\n)\x81.")
    assert invoke("scan", path, "--fail-on", "medium", "--allow", "mylib.nets.*")[0] == 0


def test_order_does_not_matter(
    invoke: Invoke, clean: Path, hostile: Path, torn: Path, unknown: Path
) -> None:
    targets = [clean, hostile, torn, unknown]
    assert {invoke("scan", *order)[0] for order in itertools.permutations(targets)} == {1}
