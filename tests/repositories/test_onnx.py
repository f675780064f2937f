"""ONNX models whose tensors lie in other files: the files are as long as they must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelassay import scan
from tests.formats.test_onnx import external, field, model, node


def folder(root: Path, size: int, **entries: str) -> dict[str, str]:
    """Return the rules that fire on a model whose tensor lies in a file of `size` bytes."""
    given = external("w.data", **entries)  # one float
    (root / "m.onnx").write_bytes(model(node("Add", "x w"), field(5, given)))
    (root / "w.data").write_bytes(b"\1" * size)
    report = scan(root)
    return {finding.rule: str(finding.severity) for finding in report.findings}


@pytest.mark.parametrize("entries", [{}, {"offset": "4096"}, {"offset": "0", "length": "4"}])
def test_a_file_that_holds_its_tensors(tmp_path: Path, entries: dict[str, str]) -> None:
    assert folder(tmp_path, int(entries.get("offset", "0")) + 4, **entries) == {}


@pytest.mark.parametrize(
    "entries", [{}, {"offset": "4096"}, {"offset": "8", "length": "999999999999"}]
)
def test_a_file_that_ends_before_its_tensors(tmp_path: Path, entries: dict[str, str]) -> None:
    size = int(entries.get("offset", "0")) + 3
    assert folder(tmp_path, size, **entries)["external-data"] == "medium"


def test_a_file_that_was_not_downloaded_is_not_short(tmp_path: Path) -> None:
    folder(tmp_path, 4)
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 4096\n"
    given = external("w.data", offset="4000")
    (tmp_path / "m.onnx").write_bytes(model(node("Add", "x w"), field(5, given)))
    (tmp_path / "w.data").write_text(pointer)
    rules = {finding.rule for finding in scan(tmp_path).findings}
    assert "external-data" not in rules
