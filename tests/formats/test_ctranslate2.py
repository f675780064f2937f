"""Models of CTranslate2: real ones are silent, arrays that do not fit their shapes are not."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.formats.exploring import DATA
from tests.helpers.damage import changes_are_stood, cuts_are_told
from tests.helpers.scanning import rules_of, scan_bytes

REAL = sorted((DATA / "zoo").glob("ctranslate2-*/*/model.bin"))


def word(text: bytes) -> bytes:
    return struct.pack("<H", len(text) + 1) + text + b"\0"


def model(
    shape: tuple[int, ...] = (2, 3), size: int = 24, kind: int = 0, version: int = 6
) -> bytes:
    """Return a model of one array of zeros, with an alias."""
    array = word(b"norm/gamma") + struct.pack(f"<B{len(shape)}IBI", len(shape), *shape, kind, size)
    data = bytes(size * (kind if version < 4 else 1))
    head = struct.pack("<I", version) + word(b"TinySpec") + struct.pack("<II", 1, 1)
    return head + array + data + struct.pack("<I", 1) + word(b"norm/weight") + word(b"norm/gamma")


def findings(data: bytes) -> dict[str, str]:
    report = scan_bytes(data, "model.bin")
    assert [artifact.format for artifact in report.artifacts][:1] == ["ctranslate2"]
    return rules_of(report)


def test_there_are_real_ones() -> None:
    assert len(REAL) == 6


@pytest.mark.parametrize("path", REAL, ids=lambda path: "-".join(path.parts[-3:-1]))
def test_real_ones_are_silent(path: Path) -> None:
    data = path.read_bytes()
    assert findings(data) == {}
    cuts_are_told(data, "ctranslate2", 13)
    changes_are_stood(data, 60)


@pytest.mark.parametrize(
    "data", [model(), model((), 4), model(kind=4, size=12), model(kind=4, size=6, version=3)]
)
def test_arrays_that_fit(data: bytes) -> None:
    assert findings(data) == {}


@pytest.mark.parametrize(
    "data",
    [model((2, 2)), model((1 << 31, 1 << 31)), model(kind=9), model((1,) * 9), model()[:-9]],
    ids=["more than the shape", "less than the shape", "type", "dimensions", "cut"],
)
def test_arrays_that_do_not(data: bytes) -> None:
    assert findings(data) == {"model-structure": "medium"}


def test_what_stands_behind_is_read() -> None:
    assert "command-execution" in findings(model() + b"cposix\nsystem\n(S'id'\ntR.")
