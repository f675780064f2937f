"""fastText and word2vec: honest vectors are silent, claims beyond the file are told."""

from __future__ import annotations

import struct

import pytest

from tests.helpers.damage import changes_are_stood, cuts_are_told
from tests.helpers.scanning import rules_of, scan_bytes

MAGIC = 793712314


def dense(rows: int, columns: int, data: int | None = None) -> bytes:
    return (
        b"\0"
        + struct.pack("<qq", rows, columns)
        + bytes(4 * rows * columns if data is None else data)
    )


def quantizer(dimension: int) -> bytes:
    return struct.pack("<4i", dimension, 2, 2, 2) + bytes(4 * 256 * dimension)


def quantized(rows: int, columns: int, codes: int) -> bytes:
    head = b"\1\1" + struct.pack("<qqi", rows, columns, codes) + bytes(codes)
    return head + quantizer(columns) + bytes(rows) + quantizer(1)


def fasttext(*matrices: bytes, words: int | None = None, pruned: int = -1) -> bytes:
    entries = [b"good\0", "é\0".encode(), b"__label__a\0"]
    data = struct.pack("<ii", MAGIC, 12) + bytes(56)
    data += struct.pack("<iii", len(entries) if words is None else words, 2, 1)
    data += struct.pack("<qq", 100, pruned)
    data += b"".join(entry + struct.pack("<qb", 7, 0) for entry in entries)
    return data + bytes(8 * min(max(pruned, 0), 99)) + b"".join(matrices)


def word2vec(*words: str, rows: int | None = None, columns: int = 3, after: bytes = b"") -> bytes:
    count = len(words) if rows is None else rows
    vector = struct.pack(f"<{columns}f", *[0.1] * columns)
    return f"{count} {columns}\n".encode() + b"".join(
        word.encode() + b" " + vector + after for word in words
    )


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (fasttext(dense(5, 4), dense(1, 4)), "fasttext"),
        (fasttext(quantized(5, 4, 10), dense(1, 4), pruned=2), "fasttext"),
        (fasttext(quantized(5, 4, 10), quantized(9, 4, 18)), "fasttext"),
        (word2vec("good", "é", "day"), "word2vec"),
        (word2vec("good", "day", after=b"\n"), "word2vec"),
    ],
)
def test_honest_vectors_are_silent(data: bytes, format: str) -> None:
    report = scan_bytes(data, "v.bin")
    assert [one.format for one in report.artifacts] == [format]
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize(
    "data",
    [
        fasttext(dense(5, 4), dense(1, 4, data=0)),
        fasttext(dense(1 << 40, 1 << 40, data=0)),
        fasttext(dense(5, 4), dense(1, 4), words=1 << 30),
        fasttext(dense(5, 4), dense(1, 4), pruned=1 << 60),
        word2vec("good", "day", "x", rows=4),
        word2vec("good", "day", "x", rows=1 << 36),
    ],
)
def test_claims_beyond_the_file(data: bytes) -> None:
    report = scan_bytes(data)
    assert rules_of(report) == {"model-structure": "medium"}
    assert not report.complete


def test_what_stands_behind() -> None:
    for data in (fasttext(dense(5, 4), dense(1, 4)), word2vec("a", "b", "c")):
        report = scan_bytes(data + b"\x80\x04cos\nsystem\n(X\2\0\0\0idR.")
        assert {"trailing-data", "command-execution"} <= set(rules_of(report))


def test_text_is_text() -> None:
    report = scan_bytes(b"2 3\ngood 0.1 0.2 0.3\nday 0.1 0.2 0.3\n" * 9)
    assert [one.format for one in report.artifacts] == ["text"]


def test_damage() -> None:
    cuts_are_told(fasttext(dense(5, 4), dense(1, 4)), "fasttext")
    halves = [45]  # where the numbers may be of two bytes
    cuts_are_told(word2vec("good", "day", "x"), "word2vec", whole=halves)
    changes_are_stood(fasttext(dense(5, 4), dense(1, 4)))
    changes_are_stood(word2vec("good", "day", "x"))
