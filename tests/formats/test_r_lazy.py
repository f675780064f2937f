"""Databases of values of R: every value is read, whatever it is compressed by."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable

import pytest

from tests.helpers import rds as r
from tests.helpers.damage import changes_are_stood, cuts_are_told
from tests.helpers.scanning import rules_of, scan_bytes

COMMAND = r.call("system", r.strings("echo inert"))
LAZY = r.promise(r.one(r.UNBOUND), COMMAND)
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6}]
Pack = Callable[[bytes], bytes]
PACKS: dict[str, Pack] = {
    "zlib": zlib.compress,
    "zlib with its letter": lambda data: b"1" + zlib.compress(data),
    "bzip2": lambda data: b"2" + bz2.compress(data),
    "lzma2": lambda data: b"Z" + lzma.compress(data, lzma.FORMAT_RAW, filters=FILTERS),
    "none": lambda data: b"0" + data,
}
packs = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())


def database(*items: r.Item, pack: Pack = zlib.compress) -> bytes:
    values = [r.rds(item) for item in items]
    return b"".join(len(value).to_bytes(4, "big") + pack(value) for value in values)


@packs
def test_honest_values_are_silent(pack: Pack) -> None:
    report = scan_bytes(database(r.frame(), r.linear_model(), r.frame(), pack=pack), "m.rdb")
    assert [one.format for one in report.artifacts[:4]] == ["r-lazy", "r", "r", "r"]
    assert report.complete
    assert not report.findings


@packs
def test_a_promise_in_any_value(pack: Pack) -> None:
    for items in ((LAZY,), (r.frame(), r.vector(LAZY)), (LAZY, r.frame())):
        report = scan_bytes(database(*items, pack=pack), "m.rdb")
        assert rules_of(report) == {"r-promise": "critical"}


def test_environments_are_lists_of_five() -> None:
    rest = [r.one(r.NIL), r.one(r.NIL), r.integers(0), r.integers(0)]
    quiet = r.promise(r.one(r.UNBOUND), r.call("sum", r.integers(1)))
    assert not scan_bytes(database(r.vector(r.vector(quiet), *rest))).findings
    loud = scan_bytes(database(r.vector(r.vector(LAZY), *rest)))
    assert rules_of(loud) == {"r-promise": "medium"}
    elsewhere = scan_bytes(database(r.vector(r.frame(), r.vector(quiet), *rest[1:])))
    assert rules_of(elsewhere) == {"r-promise": "high"}
    outside = scan_bytes(r.rds(r.vector(r.vector(quiet), *rest)))
    assert rules_of(outside) == {"r-promise": "high"}


def test_sizes_that_lie_and_bytes_behind() -> None:
    honest = database(r.frame())
    short = scan_bytes(b"\0\0\0\5" + honest[4:])
    assert rules_of(short) == {"model-structure": "medium"}
    behind = scan_bytes(honest + b"no value at all")
    assert rules_of(behind) == {"trailing-data": "medium"}
    hidden = scan_bytes(honest + b"??" + bz2.compress(r.rds(LAZY)))
    assert rules_of(hidden)["r-promise"] == "critical"


def test_what_was_found_stays() -> None:
    data = database(LAZY, r.frame())
    report = scan_bytes(data[:-9])
    assert rules_of(report)["r-promise"] == "critical"
    assert not report.complete


@packs
def test_damage(pack: Pack) -> None:
    data = database(r.frame(), LAZY, pack=pack)
    cuts_are_told(data, "r-lazy", step=3, whole=[len(database(r.frame(), pack=pack))])
    changes_are_stood(data, 60)
