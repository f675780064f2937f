"""What the documentation shows is what happens: its commands are run, its Python too."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from modelassay.cli.main import COMMANDS, group
from modelassay.policy.reading import read_policy, read_waivers

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *(ROOT / "docs" / name for name in ("index.md", "reference/policy.md", "reference/python.md")),
    ROOT / "README.md",
]
_CONSOLE = re.compile(r"<!-- exit: (\d) -->\n```console\n(.*?)```", re.DOTALL)
_BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


class Example(NamedTuple):
    page: Path
    code: int
    text: str


def _id(example: Example) -> str:
    return f"{example.page.stem}:{example.text.splitlines()[0][:50]}"


def _examples() -> list[Example]:
    return [
        Example(page, int(code), text)
        for page in PAGES
        for code, text in _CONSOLE.findall(page.read_text("utf-8"))
    ]


def _blocks(*languages: str) -> list[tuple[Path, str]]:
    return [
        (page, text)
        for page in PAGES
        for language, text in _BLOCK.findall(page.read_text("utf-8"))
        if language in languages
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the pages suppose it: the examples, and the program on the path."""
    folder = tmp_path_factory.mktemp("documentation")
    shutil.copytree(ROOT / "examples", folder / "examples")
    program = folder / "bin" / "modelassay"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m modelassay "$@"\n')
    program.chmod(0o755)
    return folder


def _run(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    path = f"{place / 'bin'}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "COLUMNS": "200"}
    environment.pop("MODELASSAY_POLICY", None)
    return subprocess.run(
        ["sh", "-c", command], cwd=place, env=environment, capture_output=True, text=True
    )


def test_every_page_of_how_to_shows_something() -> None:
    assert len(_examples()) >= 12


@pytest.mark.parametrize("example", _examples(), ids=_id)
def test_an_example_does_what_the_page_says(example: Example, place: Path) -> None:
    lines = example.text.splitlines()
    commands = [line[2:] for line in lines if line.startswith("$ ")]
    done = [_run(command, place) for command in commands]
    assert done[-1].returncode == example.code, done[-1].stderr
    out = "\n".join(one.stdout for one in done)
    for line in lines:
        if not line.startswith("$ ") and line.strip() not in ("", "..."):
            assert line.strip() in out, out


@pytest.mark.parametrize("text", [text for _, text in _blocks("python")])
def test_python_on_a_page_runs(
    text: str, place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(place)
    (place / "model.pt").write_bytes((place / "examples" / "clean.pt").read_bytes())
    script = tmp_path / "page.py"
    script.write_text(text)
    done = subprocess.run([sys.executable, script], cwd=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", [text for _, text in _blocks("toml")])
def test_toml_on_a_page_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page.toml"
    path.write_text(text)
    if "[[waivers]]" in text:
        assert read_waivers(str(path)).waivers
    elif "entry-points" not in text:
        assert read_policy(str(path))


@pytest.mark.parametrize(("page", "text"), _blocks("sh"))
def test_commands_and_options_on_a_page_exist(page: Path, text: str) -> None:
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] != ["modelassay"]:
            continue
        assert words[1] in COMMANDS
        inner = words[1:3] if words[1] in ("baseline", "manifest", "policy") else words[1:2]
        known = CliRunner().invoke(group, [*inner, "--help"]).output
        for word in words[2:]:
            if word.startswith("--"):
                assert word.partition("=")[0] in known, (page, line)
