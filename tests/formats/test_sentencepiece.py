"""Tokenizers of SentencePiece: real ones are silent, tables that lead out of bounds are not."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from modelassay.core.facts import Metadata
from modelassay.core.values import Const
from tests.formats.exploring import DATA
from tests.helpers.damage import changes_are_stood
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes

REAL = sorted((DATA / "zoo").glob("sentencepiece-*/*.model"))
LEAF = 1 << 31


def text(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def piece(word: bytes) -> bytes:
    return text(1, text(1, word) + b"\x15" + struct.pack("<f", -1.5))


def model(
    units: list[int] | None = None, texts: bytes = b"a\0b\0", size: int | None = None
) -> bytes:
    """Return a tokenizer of a few pieces, with a table of rules if there are `units`."""
    pieces = b"".join(map(piece, (b"<unk>", b"a", b"b" * 90, b"c" * 200)))
    if units is None:
        return pieces
    packed = struct.pack(f"<{len(units)}I", *units)
    head = struct.pack("<I", len(packed) if size is None else size)
    return pieces + text(3, text(1, b"mine") + text(2, head + packed + texts))


def table(**units: int) -> list[int]:
    """Return 256 units that lead nowhere but for those given, such as `u7`."""
    return [units.get(f"u{index}", 0) for index in range(256)]


def findings(data: bytes) -> dict[str, str]:
    report = scan_bytes(data, "tokenizer.model")
    assert [artifact.format for artifact in report.artifacts][:1] == ["sentencepiece"]
    return rules_of(report)


def test_there_are_real_ones() -> None:
    assert len(REAL) == 4


@pytest.mark.parametrize("path", REAL, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_real_ones_are_silent(path: Path) -> None:
    data = path.read_bytes()
    assert findings(data) == {}
    changes_are_stood(data, 60)


@pytest.mark.parametrize(
    "data",
    [model(), model(table()), model(table(u7=LEAF | 3)), model(table(u0=1 << 10, u1=LEAF))],
    ids=["no table", "empty", "a text", "a way to a text"],
)
def test_what_is_within_bounds(data: bytes) -> None:
    assert findings(data) == {}


@pytest.mark.parametrize(
    "data",
    [
        model(table(u0=300 << 10)),
        model(table(u7=1 << 9 | 5 << 10)),
        model(table(u0=LEAF | 1 << 30)),
        model(table(u7=LEAF | 4)),
        model(table(), size=1 << 20),
        model(table(), size=3),
        model(table(), texts=b"", size=0),
    ],
    ids=["root", "far", "root a leaf", "text", "size", "odd size", "no units"],
)
def test_tables_that_lead_out(data: bytes) -> None:
    assert findings(data) == {"sentencepiece-structure": "high"}


def test_a_piece_that_no_stack_holds() -> None:
    data = model() + piece(b"a" * 200_000) + piece(b"b")
    assert findings(data) == {"sentencepiece-structure": "high"}


def test_every_piece_is_counted() -> None:
    said = Said("sentencepiece", model() + b"".join(piece(b"w%d" % n) for n in range(20_000)))
    assert [one.value for one in said.events if isinstance(one, Metadata)] == [Const(20_004)]


def test_a_cut_is_told() -> None:
    report = scan_bytes(model()[:-3], "tokenizer.model")
    assert not report.complete


def test_what_stands_behind_is_read() -> None:
    report = scan_bytes(model() + text(7, b"cposix\nsystem\n(S'id'\ntR."), "tokenizer.model")
    assert report.verdict == "malicious"
