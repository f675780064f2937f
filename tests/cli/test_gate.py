"""Policy, baseline and saved reports on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from modelassay import reports
from tests.cli.conftest import HOSTILE, Ran

Invoke = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODELASSAY_POLICY", raising=False)


def _policy(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_policy_sets_the_gate_and_the_command_line_goes_before_it(
    invoke: Invoke, hostile: Path, tmp_path: Path
) -> None:
    policy = _policy(tmp_path, 'fail_on = "never"\n')
    assert invoke("scan", hostile).code == 1
    assert invoke("scan", hostile, "--policy", policy).code == 0
    assert invoke("scan", hostile, "--policy", policy, "--fail-on", "high").code == 1


def test_a_policy_is_taken_from_the_environment_and_never_from_the_folder(
    invoke: Invoke, hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("policy.toml", "modelassay.toml", ".modelassay.toml"):
        (hostile.parent / name).write_text('fail_on = "never"\n')
    (hostile.parent / "pyproject.toml").write_text('[tool.modelassay]\nfail_on = "never"\n')
    monkeypatch.chdir(hostile.parent)
    assert invoke("scan", ".").code == 1
    monkeypatch.setenv("MODELASSAY_POLICY", str(hostile.parent / "policy.toml"))
    assert invoke("scan", hostile).code == 0


def test_limits_of_a_policy_hold_for_the_scan(invoke: Invoke, clean: Path, tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.txt", b"1")
        archive.writestr("two.txt", b"2")
    policy = _policy(tmp_path, "[limits]\nmembers = 1\n")
    assert invoke("scan", path).code == 0
    assert invoke("scan", path, "--policy", policy).code == 2


def test_a_bad_policy_ends_before_anything_is_scanned(
    invoke: Invoke, hostile: Path, tmp_path: Path
) -> None:
    ran = invoke("scan", hostile, "--policy", _policy(tmp_path, "fail_on = 3\n"))
    assert ran.code == 2 and "policy.toml:1: fail_on" in ran.err and not ran.out


def test_a_baseline_takes_a_finding_out_of_the_gate_and_not_of_the_report(
    invoke: Invoke, hostile: Path, tmp_path: Path
) -> None:
    book = tmp_path / "baseline.toml"
    why = ("--reason", "seen", "--owner", "me")
    assert invoke("baseline", "create", book, hostile, *why).code == 0
    ran = invoke("scan", hostile, "--baseline", book)
    assert ran.code == 0 and "MALICIOUS" in ran.out and "waived" in ran.out
    assert invoke("baseline", "check", book, hostile).code == 0
    assert invoke("baseline", "create", book, hostile, *why).code == 4
    hostile.write_bytes(HOSTILE.replace(b"id", b"ls"))
    ran = invoke("baseline", "check", book, hostile)
    assert ran.code == 1 and "unused" in ran.out
    assert invoke("baseline", "update", book, hostile, *why).code == 0
    assert invoke("scan", hostile, "--baseline", book).code == 0
    assert book.read_text().count("[[waivers]]") == 1


def test_an_expired_waiver_fails(invoke: Invoke, hostile: Path, tmp_path: Path) -> None:
    book = tmp_path / "baseline.toml"
    why = ("--reason", "seen", "--owner", "me", "--expires", "2020-01-01")
    invoke("baseline", "create", book, hostile, *why)
    ran = invoke("scan", hostile, "--baseline", book)
    assert ran.code == 1 and "expired" in ran.out


@pytest.mark.parametrize("format", list(reports.BY_ID))
def test_every_format_has_the_same_exit_codes(
    invoke: Invoke, clean: Path, hostile: Path, torn: Path, tmp_path: Path, format: str
) -> None:
    out = tmp_path / "out"
    asked = ("--format", format, "--output", out)
    assert invoke("scan", clean, *asked).code == 0
    assert invoke("scan", hostile, *asked).code == 1
    assert out.stat().st_size > 0
    assert invoke("scan", torn, *asked).code == 2


@pytest.mark.parametrize("format", list(reports.BY_ID))
def test_a_saved_report_gives_the_same_bytes_later(
    invoke: Invoke, hostile: Path, tmp_path: Path, format: str
) -> None:
    saved, now, later = tmp_path / "r.json", tmp_path / "now", tmp_path / "later"
    invoke("scan", hostile, "--format", "json", "--output", saved)
    invoke("scan", hostile, "--format", format, "--output", now)
    assert invoke("report", saved, "--format", format, "--output", later).code == 1
    assert later.read_bytes() == now.read_bytes()


def test_what_is_no_report_is_told(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"schema": 99}))
    assert invoke("report", path).code == 2
    assert invoke("report", tmp_path / "missing.json").code == 2


def test_rules_of_yara_stand_beside_the_policy(
    invoke: Invoke, clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "team"
    folder.mkdir()
    (folder / "own.yar").write_text('rule Own { strings: $a = "weights" condition: $a }\n')
    (folder / "policy.toml").write_text('yara = ["own.yar"]\nfail_on = "low"\n')
    monkeypatch.chdir(tmp_path)
    ran = invoke("scan", clean, "--policy", folder / "policy.toml")
    assert ran.code == 1 and "Own" in ran.out
