"""Files that honest programs save are read whole, and nothing is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelassay.core.findings import Severity
from tests.helpers.scanning import scan_bytes

FOLDER = Path(__file__).parents[1] / "data" / "honest"
FILES = sorted(FOLDER.iterdir())


def test_the_files_are_there() -> None:
    assert len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_said(path: Path) -> None:
    report = scan_bytes(path.read_bytes(), path.name)
    said = [f"{f.severity} {f.rule} {f.message}" for f in report.findings]
    assert not [f for f in report.findings if f.severity.rank >= Severity.MEDIUM.rank], said
    assert {artifact.status for artifact in report.artifacts} == {"scanned"}
