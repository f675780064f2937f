"""The classic bombs end, and are told with their figures."""

from __future__ import annotations

import gzip
import lzma

import msgspec
import pytest

from modelassay.core.report import Report
from tests.helpers.bombs import BOMBS, MIB, nested_zip, pack, zeros
from tests.helpers.scanning import SMALL, rules_of, scan_bytes

LIMITS = msgspec.structs.replace(SMALL, inflated=128 * MIB)


def inflated(report: Report) -> int:
    return report.coverage.bytes_inflated


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_and_is_told(name: str) -> None:
    build, rule, most = BOMBS[name]
    report = scan_bytes(build(), limits=LIMITS)
    assert inflated(report) <= most
    assert report.artifacts
    if rule is not None:
        assert rules_of(report)[rule] in ("medium", "high")


def test_archives_in_archives_are_read_once_and_counted_each_time() -> None:
    data = nested_zip(5, 16)
    report = scan_bytes(data, "42.zip")
    assert rules_of(report)["decompression-bomb"] == "high"
    assert inflated(report) < 4 * MIB
    (finding,) = (f for f in report.findings if "unpack" in f.message)
    assert str(16**5 * MIB)[:6] in finding.message


def test_a_few_archives_in_an_archive_are_no_bomb() -> None:
    report = scan_bytes(nested_zip(2, 3), "backup.zip")
    assert (
        "decompression-bomb" not in rules_of(report)
        or rules_of(report)["decompression-bomb"] != "high"
    )


@pytest.mark.parametrize("levels", [1, 3])
def test_the_same_archive_twice_is_judged_once(levels: int) -> None:
    inner = pack({"x.pkl": b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R."})
    data = inner
    for _ in range(levels):
        data = pack({"one.zip": data, "two.zip": data})
    report = scan_bytes(data)
    assert report.verdict == "malicious"
    assert len([f for f in report.findings if f.rule == "command-execution"]) == 1


def test_a_dictionary_that_no_memory_holds_hides_nothing() -> None:
    evil = b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R."
    made = bytearray(lzma.compress(evil, lzma.FORMAT_ALONE))
    made[1:5] = b"\xff" * 4
    assert lzma.LZMADecompressor().decompress(bytes(made)) == evil
    assert scan_bytes(bytes(made)).verdict == "malicious"


def test_what_follows_a_bomb_of_another_kind_is_read() -> None:
    data = zeros(gzip.compress) * 5 + b"cposix\nsystem\n(S'id'\ntR."
    assert rules_of(scan_bytes(data, limits=LIMITS))["decompression-bomb"] == "medium"
