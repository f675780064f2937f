"""Where reports go, and that they hold what was found."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modelassay.reports import BY_ID
from tests.helpers.folders import GOLDEN

Invoke = Callable[..., tuple[int, str, str]]


def test_text_is_the_default(invoke: Invoke, hostile: Path) -> None:
    _, out, err = invoke("scan", hostile)
    assert out.lstrip().startswith("MALICIOUS")
    assert 'posix.system("id")' in out
    assert str(hostile) in out
    assert "\x1b" not in out
    assert err == ""


def test_json_to_standard_output(invoke: Invoke, hostile: Path) -> None:
    _, out, _ = invoke("scan", hostile, "--format", "json")
    report = json.loads(out)
    assert next(iter(report)) == "schema"
    assert report["target"] == [str(hostile)]
    assert report["verdict"] == "malicious"
    assert {f["artifact"] for f in report["findings"]} == {str(hostile)}


def test_pairs_of_format_and_output(invoke: Invoke, hostile: Path, tmp_path: Path) -> None:
    out_json, out_text = tmp_path / "r.json", tmp_path / "r.txt"
    code, out, _ = invoke(
        "scan", hostile, "--format", "json", "--output", out_json, "--format", "text",
        "--output", out_text,
    )  # fmt: skip
    assert (code, out) == (1, "")
    assert json.loads(out_json.read_bytes())["verdict"] == "malicious"
    assert "MALICIOUS" in out_text.read_text()


def test_a_dash_is_standard_output(invoke: Invoke, clean: Path, tmp_path: Path) -> None:
    out_json = tmp_path / "r.json"
    _, out, _ = invoke(
        "scan", clean, "--format", "text", "--output", "-", "--format", "json",
        "--output", out_json,
    )  # fmt: skip
    assert "CLEAN" in out
    assert out_json.exists()


def test_no_report_no_file(
    invoke: Invoke, clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*targets: str, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modelassay.cli.scan.scan", interrupted)
    code, _, err = invoke("scan", clean, "--format", "json", "--output", tmp_path / "r.json")
    assert code == 130
    assert "interrupted" in err
    assert not (tmp_path / "r.json").exists()


def test_an_output_that_cannot_be_written_is_an_error(
    invoke: Invoke, clean: Path, tmp_path: Path
) -> None:
    target = tmp_path / ("x" * 300)  # longer than any file system takes
    code, _, err = invoke("scan", clean, "--output", target)
    assert code == 2
    assert "cannot write" in err


def test_quiet_says_the_verdict_alone(invoke: Invoke, hostile: Path) -> None:
    _, out, _ = invoke("scan", hostile, "--quiet")
    assert out.count("\n") == 1
    assert "MALICIOUS" in out


def test_verbose_names_every_artifact(invoke: Invoke, clean: Path) -> None:
    _, short, _ = invoke("scan", clean)
    _, long, _ = invoke("scan", clean, "--verbose")
    assert str(clean) not in short
    assert str(clean) in long


def test_standard_input(invoke: Invoke, hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(hostile.read_bytes())))
    code, out, _ = invoke("scan", "-", "--format", "json")
    report = json.loads(out)
    assert code == 1
    assert [artifact["path"] for artifact in report["artifacts"]] == ["-"]
    assert report["artifacts"][0]["size"] == hostile.stat().st_size


def test_rules_lists_every_rule(invoke: Invoke) -> None:
    from modelassay.rules import RULES

    code, out, _ = invoke("rules")
    assert code == 0
    assert RULES
    assert {line.split()[0] for line in out.splitlines()} == {entry.id for entry in RULES}


def test_explain_shows_the_page(invoke: Invoke) -> None:
    from modelassay.rules import RULES

    for entry in RULES:
        code, out, _ = invoke("explain", entry.id)
        assert code == 0
        assert out.startswith(f"# {entry.id}\n")
        assert "Remediation\n---" in out


def test_formats_lists_every_format(invoke: Invoke) -> None:
    from modelassay.formats import FORMATS
    from modelassay.repositories import REPOSITORIES

    code, out, _ = invoke("formats")
    assert code == 0
    files, folders = out.split("\n\n")
    assert {line.split()[0] for line in files.splitlines()} == {entry.id for entry in FORMATS}
    kinds = {line.split()[0] for line in folders.splitlines()[1:]}
    assert kinds == {entry.id for entry in REPOSITORIES}


def test_version(invoke: Invoke) -> None:
    from modelassay import __version__

    code, out, _ = invoke("--version")
    assert code == 0
    assert __version__ in out


@pytest.mark.parametrize("form", sorted(BY_ID))
@pytest.mark.parametrize("options", [(), ("--deep",)], ids=["plain", "deep"])
def test_a_folder_gives_the_same_bytes_and_code_in_every_format(
    invoke: Invoke, tmp_path: Path, hostile: Path, form: str, options: tuple[str, ...]
) -> None:
    shutil.copytree(GOLDEN / "own_code", tmp_path / "model")
    command = ("scan", tmp_path / "model", "--format", form, *options)
    first, again = invoke(*command), invoke(*command)
    assert first == again and first[0] == 0
    shutil.copy(hostile, tmp_path / "model" / "extra.pkl")
    first, again = invoke(*command), invoke(*command)
    assert first == again and first[0] == 1
    (tmp_path / "model" / "extra.pkl").write_bytes(b"\x80\x04\x95\xff")
    assert invoke(*command)[0] == 2
