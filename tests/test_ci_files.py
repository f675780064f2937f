"""The files by which others run modelassay do run: action, hooks, GitLab and Jenkins examples."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelassay.formats import MODEL_SUFFIXES

ROOT = Path(__file__).resolve().parents[1]
HOSTILE = b"cposix\nsystem\n(S'id'\ntR."
#: Inputs a pull request may set to whatever it likes.
TRICKS = ["$(touch hacked)", "; touch hacked", "`touch hacked`", "--output=hacked"]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A checkout with a model, and the program where the examples expect it."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.pkl").write_bytes(b"\x80\x04N.")
    program = tmp_path / ".modelassay" / "bin" / "modelassay"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m modelassay "$@"\n')
    program.chmod(0o755)
    return tmp_path


def _action(work: Path, **inputs: str) -> tuple[int, str, Path]:
    runner = work / "runner"
    runner.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "MODELASSAY": str(work / ".modelassay" / "bin" / "modelassay"),
        "RUNNER_TEMP": str(runner),
        "GITHUB_OUTPUT": str(runner / "output"),
        "GITHUB_STEP_SUMMARY": str(runner / "summary"),
        "SARIF": "modelassay.sarif",
        **inputs,
    }
    done = subprocess.run(
        ["bash", str(ROOT / "ci" / "action.sh")],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = re.search(r"exit-code=(\d+)", (runner / "output").read_text())
    assert found
    return int(found[1]), done.stdout, runner


def test_the_action_reports_and_gates(work: Path) -> None:
    code, out, runner = _action(work, TARGETS="models")
    assert code == 0 and out == ""
    assert "✅" in (runner / "summary").read_text()
    assert json.loads((work / "modelassay.sarif").read_text())["version"] == "2.1.0"
    (work / "models" / "evil.pkl").write_bytes(HOSTILE)
    (runner / "output").unlink()
    code, out, runner = _action(work, TARGETS="models\n", FAIL_ON="high", ARGUMENTS="--strict")
    assert code == 1
    assert "::error file=models/evil.pkl" in out


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("place", ["TARGETS", "POLICY"])
def test_no_input_of_the_action_is_run(work: Path, trick: str, place: str) -> None:
    code, _, _ = _action(work, **{"TARGETS": "models", place: trick})
    assert code != 0
    assert not (work / "hacked").exists()


def test_the_action_names_no_input_inside_a_command() -> None:
    action: Any = yaml.safe_load((ROOT / "action.yml").read_text())
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        for name in re.findall(r"inputs\.([\w-]+)", json.dumps(step)):
            assert name in action["inputs"]


def _shell(lines: list[str], work: Path) -> subprocess.CompletedProcess[str]:
    """Run the lines of an example but those that install from an index."""
    kept = [line for line in lines if "pip install" not in line and "-m venv" not in line]
    assert kept
    environment = os.environ | {"TARGETS": "models"}
    return subprocess.run(
        ["sh", "-ec", "\n".join(kept)], cwd=work, env=environment, capture_output=True, text=True
    )


def _gitlab() -> list[str]:
    job: Any = yaml.safe_load((ROOT / "ci" / "gitlab-ci.yml").read_text())["modelassay"]
    assert job["artifacts"]["reports"]["junit"] == "modelassay.xml"
    return list(job["script"])


def _jenkins() -> list[str]:
    found = re.search(r"sh '''(.*?)'''", (ROOT / "ci" / "Jenkinsfile").read_text(), re.DOTALL)
    assert found
    return [line.strip() for line in found[1].strip().splitlines()]


@pytest.mark.parametrize("lines", [_gitlab(), _jenkins()], ids=["gitlab", "jenkins"])
def test_the_examples_run_and_gate(work: Path, lines: list[str]) -> None:
    assert _shell(lines, work).returncode == 0
    (work / "models" / "evil.pkl").write_bytes(HOSTILE)
    (work / "modelassay.xml").unlink()
    assert _shell(lines, work).returncode == 1
    assert b"failure" in (work / "modelassay.xml").read_bytes()


def test_the_hook_runs_on_what_models_are_called(work: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    pattern = re.compile(hook["files"])
    assert all(pattern.search(f"models/a{suffix}") for suffix in MODEL_SUFFIXES)
    assert pattern.search("MLmodel") and not pattern.search("src/main.c")
    program = work / ".modelassay" / "bin"
    (work / "models" / "evil.pkl").write_bytes(HOSTILE)
    environment = os.environ | {"PATH": f"{program}:{os.environ['PATH']}"}
    for name, code in (("a.pkl", 0), ("evil.pkl", 1)):
        command = [*shlex.split(hook["entry"]), f"models/{name}"]
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True)
        assert done.returncode == code


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_its_shell(shell: str) -> None:
    command = [sys.executable, "-m", "modelassay", "completion", shell]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "_MODELASSAY_COMPLETE" in done.stdout


def test_bash_completes_commands() -> None:
    environment = os.environ | {
        "_MODELASSAY_COMPLETE": "bash_complete",
        "COMP_WORDS": "modelassay ma",
        "COMP_CWORD": "1",
    }
    command = [
        sys.executable,
        "-c",
        "from modelassay.cli.main import group; group.main([], 'modelassay')",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "manifest" in done.stdout
