"""Repositories of the real libraries, copied and changed; scans of folders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelassay import scan
from modelassay.core.findings import Finding
from modelassay.core.report import Artifact, Report

GOLDEN = Path(__file__).parents[1] / "data" / "repositories"


def copy(name: str, to: Path) -> Path:
    """Copy a golden repository and return where it is."""
    return Path(shutil.copytree(GOLDEN / name, to / name))


def change(path: Path, edit: Callable[[Any], Any]) -> None:
    """Change the value of a JSON file."""
    value = json.loads(path.read_text())
    path.write_text(json.dumps(edit(value) or value))


def put(root: Path, files: dict[str, bytes | str]) -> Path:
    """Write files below a folder and return it."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return root


def scanned(root: Path) -> Report:
    """Scan a folder; nothing in it may be a defect of ours."""
    report = scan(root)
    assert not [problem for problem in report.errors if "defect" in problem.advice]
    return report


def repository(report: Report, root: Path) -> Artifact:
    """Return the artifact of the repository at `root`."""
    found = [one for one in report.artifacts if one.path == str(root)]
    assert len(found) == 1, [one.path for one in report.artifacts]
    return found[0]


def grave(report: Report) -> list[Finding]:
    """Return the findings of medium severity and above."""
    return [one for one in report.findings if one.severity.rank >= 3]
