"""What is declared is what is imported, and what is locked installs from any index."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
_DISTRIBUTED_AS = {"yaml": "pyyaml"}
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def _names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[\w.-]+", one) for one in requirements)
    return {one.group().lower().replace("-", "_") for one in found if one}


def _imported() -> set[str]:
    names: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def _package(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "backports" else parts[0]


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    third = {_package(name) for name in _imported()}
    third -= {*sys.stdlib_module_names, "modelassay", "_typeshed"}
    third = {_DISTRIBUTED_AS.get(name, name) for name in third}
    extras = PROJECT["optional-dependencies"]
    declared = _names(PROJECT["dependencies"])
    for requirements in extras.values():
        declared |= _names(requirements)
    assert third == declared


def test_all_is_all_extras() -> None:
    extras = dict(PROJECT["optional-dependencies"])
    everything = set(extras.pop("all"))
    assert everything == {one for requirements in extras.values() for one in requirements}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_locks_are_hashed_and_name_no_index(path: Path) -> None:
    text = path.read_text()
    pinned = re.findall(r"^[\w.-]+==\S+ \\$", text, re.MULTILINE)
    assert pinned
    assert "--hash=sha256:" in text
    assert not re.search(r"index-url|find-links|trusted-host|://", text)


def test_locks_hold_what_is_declared() -> None:
    text = (ROOT / "requirements" / "run.txt").read_text()
    locked = {name.replace("-", "_").lower() for name in re.findall(r"^([\w.-]+)==", text, re.M)}
    wanted = {name.replace(".", "_") for name in _names(PROJECT["dependencies"])}
    assert wanted <= locked
