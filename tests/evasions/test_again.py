"""Bytes that lie in themselves: reading ends, and says that it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.formats.exploring import DATA
from tests.formats.wire import Table, field, flatbuffer, found
from tests.helpers.scanning import rules_of, scan_bytes

STREAM = b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00echo\x85R."


@pytest.mark.parametrize("path", sorted((DATA / "fuzz").iterdir()), ids=lambda path: path.stem)
def test_what_fuzzing_found(path: Path) -> None:
    report = scan_bytes(path.read_bytes(), path.name)
    assert report.errors == []
    assert len(report.artifacts) < 5000


def test_an_archive_that_holds_itself_is_not_complete() -> None:
    data = (DATA / "fuzz" / "archive-that-holds-itself-twice.zip").read_bytes()
    report = scan_bytes(data)
    assert not report.complete
    assert "decompression-bomb" in {finding.rule for finding in report.findings}


@pytest.mark.parametrize("identifier", [b"TFL3", b"ORTM", b"ET12"])
def test_what_stands_behind_a_flatbuffer_is_read(identifier: bytes) -> None:
    """Nothing in it tells how long it is, but what it leads to."""
    model = flatbuffer(Table(b"\3\0\0\0"), identifier)
    assert found(model + bytes(40) + STREAM)["command-execution"] == "critical"


@pytest.mark.parametrize("folder", ["tensorflow-2.21.0"])
def test_what_stands_behind_a_real_one(folder: str) -> None:
    model = (DATA / folder / "branch.tflite").read_bytes()
    assert rules_of(scan_bytes(model, "m.tflite")) == {}
    assert rules_of(scan_bytes(model + STREAM, "m.tflite"))["command-execution"] == "critical"


def test_what_stands_behind_a_graph() -> None:
    graph = (DATA / "tensorflow-2.21.0" / "branch.pb").read_bytes()
    assert found(graph) == {}
    assert found(graph + STREAM)["command-execution"] == "critical"
    assert found(graph + field(99, STREAM))["command-execution"] == "critical"
