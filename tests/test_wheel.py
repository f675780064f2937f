"""The wheel: the same sources give the same bytes, and it says what is installed with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "src", "docs/man")
BILL = "requirements/modelassay.cdx.json"


def _checkout(folder: Path, modified: int) -> Path:
    """Return a copy of what a wheel is made of, all of it modified at the same second."""
    for part in (*PARTS, BILL):
        target = folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / part, target)
    for path in folder.rglob("*"):
        os.utime(path, (modified, modified))
    return folder


def _build(checkout: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    environment = {**os.environ, "MODELASSAY_PURE": "1"}
    environment.pop("SOURCE_DATE_EPOCH", None)
    subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True)
    (wheel,) = (checkout / "dist").iterdir()
    return wheel


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two wheels of the same sources, from other folders, years apart."""
    first, second = (tmp_path_factory.mktemp(name) for name in ("one", "another"))
    return _build(_checkout(first, 1_000_000_000)), _build(
        _checkout(second / "deep", 2_000_000_000)
    )


def test_two_builds_give_the_same_bytes(wheels: tuple[Path, Path]) -> None:
    first, second = wheels
    assert first.name == second.name
    assert first.name.endswith("-py3-none-any.whl")
    assert first.read_bytes() == second.read_bytes()


def test_the_wheel_says_what_is_installed_with_it(wheels: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(wheels[0]) as wheel:
        (name,) = (name for name in wheel.namelist() if "/sboms/" in name)
        data = wheel.read(name).decode()
    assert re.fullmatch(r"modelassay-[\d.]+\.dist-info/sboms/modelassay\.cdx\.json", name)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(data) is None
    document = json.loads(data)
    lock = (ROOT / "requirements" / "run.txt").read_text()
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.M))
    assert {one["name"]: one["version"] for one in document["components"]} == pinned
    named = document["metadata"]["component"]
    assert wheels[0].name.startswith(f"modelassay-{named['version']}-")
    graph = {one["ref"]: one["dependsOn"] for one in document["dependencies"]}
    assert _reached(graph, named["bom-ref"]) == set(graph)


def _reached(graph: dict[str, list[str]], start: str) -> set[str]:
    seen: set[str] = set()
    left = [start]
    while left:
        one = left.pop()
        if one not in seen:
            seen.add(one)
            left += graph[one]
    return seen
