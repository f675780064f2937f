"""Values of R: what is honest is silent, and code is found wherever it stands."""

from __future__ import annotations

import bz2
import gzip
import lzma

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelassay.core.facts import Code, Reference
from tests.helpers import rds as r
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes

COMMAND = r.call("system", r.strings("echo inert"))
LAZY = r.promise(r.one(r.UNBOUND), COMMAND)
forms = pytest.mark.parametrize("form", ["X", "A", "B"])
versions = pytest.mark.parametrize("version", [2, 3])


def codes(item: r.Item, form: str = "X") -> list[Code]:
    return [event for event in Said("r", r.rds(item, form)).events if isinstance(event, Code)]


def called(item: r.Item, form: str = "X") -> list[tuple[str, tuple[str, ...]]]:
    return [(one.name, one.args) for code in codes(item, form) for one in code.references]


@forms
@versions
@pytest.mark.parametrize("item", [r.frame(), r.linear_model(), r.vector(r.strings("a", "b"))])
def test_honest_values_are_silent(item: r.Item, form: str, version: int) -> None:
    report = scan_bytes(r.rds(item, form, version), "m.rds")
    assert [artifact.format for artifact in report.artifacts] == ["r"]
    assert report.complete
    assert not report.findings


@forms
@versions
def test_a_promise_without_a_value(form: str, version: int) -> None:
    report = scan_bytes(r.rds(r.vector(r.frame(), LAZY), form, version), "m.rds")
    assert rules_of(report) == {"r-promise": "critical"}
    assert "system('echo inert')" in report.findings[0].evidence[0].listing


@pytest.mark.parametrize("squeeze", [gzip.compress, bz2.compress, lzma.compress])
def test_promises_in_compressed_workspaces(squeeze: object) -> None:
    data = b"RDX3\n" + r.rds(r.pairs(("model", r.frame()), ("x", LAZY)))
    report = scan_bytes(squeeze(data), "m.rda")  # type: ignore[operator]
    assert rules_of(report) == {"r-promise": "critical"}
    assert report.complete


def test_promises_in_attributes_lists_and_calls() -> None:
    attributes = r.pairs(("names", LAZY))
    for item in (
        r.vector(attributes=attributes),
        r.pairs(("a", LAZY)),
        r.call("f", LAZY),
        r.promise(LAZY, r.one(r.NIL)),
    ):
        assert rules_of(scan_bytes(r.rds(item)))["r-promise"] == "critical"


def test_a_promise_that_calls_nothing_known_is_one_too() -> None:
    item = r.promise(r.one(r.UNBOUND), r.call("sum", r.reals(1.0)))
    assert rules_of(scan_bytes(r.rds(item))) == {"r-promise": "high"}


def test_promises_of_environments_are_judged_by_their_code() -> None:
    plain = r.promise(r.one(r.UNBOUND), r.symbol("df"))
    frame = r.pairs(("data", plain))
    assert not scan_bytes(r.rds(r.environment(frame))).findings
    for item in (
        r.environment(r.pairs(("data", LAZY))),
        r.environment(r.one(r.NIL), r.vector(r.one(r.NIL), r.pairs(("data", LAZY)))),
    ):
        assert rules_of(scan_bytes(r.rds(item))) == {"r-promise": "medium"}


def test_active_bindings() -> None:
    cell = r.cells(2, r.closure(COMMAND), r.one(r.NIL), r.symbol("x"), flags=r.ACTIVE)
    assert rules_of(scan_bytes(r.rds(r.environment(cell)))) == {"r-code": "high"}


def test_functions_and_their_byte_code() -> None:
    assert called(r.closure(COMMAND)) == [("system", ("echo inert",))]
    assert rules_of(scan_bytes(r.rds(r.closure(COMMAND)))) == {"r-code": "medium"}
    assert not scan_bytes(r.rds(r.closure(r.call("predict", r.symbol("x"))))).findings


def test_byte_code_is_read_to_its_end() -> None:
    def shared(w: r.Writer) -> bytes:
        # A call that is defined as shared, with a symbol as its head and a constant as argument.
        head = w.number(r.NIL) + w.number(0) + r.symbol("system")(w)
        args = w.number(2, r.NIL) + w.number(0) + r.strings("echo inert")(w) + w.number(0, r.NIL)
        return w.number(0, 6) + head + args

    def constant(w: r.Writer) -> bytes:
        return w.number(244) + shared(w) + w.number(243, 0) + w.number(16) + r.strings("end")(w)

    def body(w: r.Writer) -> bytes:
        return w.number(21, 1) + r.integers(12, 1)(w) + w.number(3) + constant(w)

    item = r.vector(r.closure(body), r.symbol("behind"))
    assert called(item) == [("system", ("echo inert",))]
    assert not Said("r", r.rds(item)).incomplete()


def test_qualified_names_and_back_references() -> None:
    qualified = r.call(r.call("::", r.symbol("base"), r.symbol("system")), r.strings("x"))
    assert ("system", ("base", "system")) in called(r.closure(qualified))
    again = r.vector(r.symbol("system"), r.closure(r.call(r.reference(1), r.strings("x"))))
    assert called(again) == [("system", ("x",))]
    assert "system" in dict(r_names(r.closure(r.call("do.call", r.strings("system")))))


def r_names(item: r.Item) -> list[tuple[str, str]]:
    from modelassay.rules.r_functions import reaching

    return [found for code in codes(item) for found in reaching(code)]


def test_vectors_that_a_package_rebuilds() -> None:
    mapped = r.altrep("mmap_real", "base", r.strings("/etc/hostname"))
    found = [e for e in Said("r", r.rds(mapped)).events if isinstance(e, Reference)]
    assert [one.target for one in found] == ["base::mmap_real"]
    assert rules_of(scan_bytes(r.rds(mapped))) == {"r-altrep": "high"}
    plain = r.altrep("compact_intseq", "base", r.reals(3.0, 1.0, 1.0))
    assert not scan_bytes(r.rds(plain)).findings


def test_what_was_found_stays_where_a_value_is_broken() -> None:
    data = r.rds(r.vector(LAZY, r.frame()))
    for end in range(len(data) - 60, len(data), 7):
        report = scan_bytes(data[:end], "m.rds")
        assert rules_of(report)["r-promise"] == "critical"
        assert not report.complete


@pytest.mark.parametrize(
    "item",
    [
        lambda w: w.number(19, 0x7FFFFFFF),
        lambda w: w.number(14, -1, 0x7FFFFFFF, 0),
        lambda w: w.number(14, -5),
        lambda w: w.number(9, 0x7FFFFFFF),
        lambda w: w.number(7, -2),
        lambda w: w.number(5 << 8 | 255),
        lambda w: w.number(99),
        lambda w: w.number(6) * 300_000,
        lambda w: w.number(21, 1, 13, -1),
    ],
)
def test_claims_beyond_the_file(item: r.Item) -> None:
    said = Said("r", r.rds(item))
    assert said.kinds() == ["model-structure"]
    assert said.incomplete()


def test_values_behind_each_other_and_what_is_none() -> None:
    report = scan_bytes(r.rds(r.frame()) + r.rds(LAZY))
    assert rules_of(report) == {"r-promise": "critical"}
    assert Said("r", r.rds(r.frame()) + b"PK").kinds() == ["r-trailing-bytes"]


SAMPLES = [r.rds(r.vector(r.linear_model(), LAZY), form) for form in "XAB"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.sampled_from(SAMPLES),
    place=st.integers(0, 4000),
    patch=st.binary(min_size=1, max_size=8),
    drop=st.integers(0, 8),
)
def test_mutations_never_raise(data: bytes, place: int, patch: bytes, drop: int) -> None:
    place %= len(data)
    report = scan_bytes(data[:place] + patch + data[place + drop :], "m.rds")
    assert not any("defect" in problem.advice for problem in report.errors)
