"""What a policy and waivers make of a report: pure, and nothing is taken out of the report."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from modelassay import scan
from modelassay.core.findings import Severity
from modelassay.core.report import Report
from modelassay.policy import Policy, Waivers, decide
from modelassay.policy.types import Exemption, Formats
from modelassay.policy.waivers import renew, waive

TODAY = datetime.date(2026, 6, 1)
HOSTILE = b"cposix\nsystem\n(S'id'\ntR."
FOREIGN = b"cnobodys.package\nThing\n)\x81."


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("models")
    (folder / "hostile.pkl").write_bytes(HOSTILE)
    (folder / "foreign.pkl").write_bytes(b"\x80\x02" + FOREIGN)
    (folder / "note.txt").write_bytes(b"words\n")
    (folder / "odd.xyz").write_bytes(bytes(range(256)))
    return scan(folder)


def _failing(report: Report, policy: Policy, waivers: Waivers | None = None) -> set[str]:
    decision = decide(report, policy, waivers, TODAY)
    return {Path(one.artifact).name for one in decision.failures}


def test_the_threshold_decides(report: Report) -> None:
    assert _failing(report, Policy()) == {"hostile.pkl"}
    assert _failing(report, Policy(fail_on="medium")) == {"hostile.pkl", "foreign.pkl"}
    assert _failing(report, Policy(fail_on="never")) == set()


@pytest.mark.parametrize(
    ("exemption", "failing"),
    [
        (Exemption(fail_on="medium", rule="unvouched-*"), {"hostile.pkl", "foreign.pkl"}),
        (Exemption(fail_on="medium", path="*/foreign.pkl"), {"hostile.pkl", "foreign.pkl"}),
        (Exemption(fail_on="never", path="*/hostile.pkl"), set()),
        (Exemption(fail_on="never", format="pickle"), set()),
        (Exemption(fail_on="never", format="onnx"), {"hostile.pkl"}),
    ],
)
def test_exceptions_by_rule_format_and_path(
    report: Report, exemption: Exemption, failing: set[str]
) -> None:
    assert _failing(report, Policy(exceptions=(exemption,))) == failing


def test_the_last_exception_that_fits_counts(report: Report) -> None:
    never = Exemption(fail_on="never")
    high = Exemption(fail_on="high", path="*/hostile.pkl")
    assert _failing(report, Policy(exceptions=(never, high))) == {"hostile.pkl"}
    assert _failing(report, Policy(exceptions=(high, never))) == set()


def test_formats_that_are_not_wanted_fail_and_prose_does_not(report: Report) -> None:
    allow = Policy(fail_on="never", formats=Formats(allow=("onnx", "safetensors")))
    assert _failing(report, allow) == {"hostile.pkl", "foreign.pkl", "odd.xyz"}
    assert _failing(report, Policy(fail_on="never", formats=Formats(deny=("unknown",)))) == {
        "odd.xyz"
    }


def _book(report: Report, expires: datetime.date | None) -> Waivers:
    bad = [one for one in report.findings if one.severity.rank >= Severity.HIGH.rank]
    return Waivers(waivers=tuple(waive(bad, reason="seen", owner="me", expires=expires)))


def test_a_waiver_holds_through_its_last_day(report: Report) -> None:
    decision = decide(report, Policy(), _book(report, TODAY), TODAY)
    assert decision.passed and decision.waived and not decision.expired
    late = decide(report, Policy(), _book(report, TODAY), TODAY + datetime.timedelta(1))
    assert not late.passed and not late.waived and late.expired
    assert "expired" in late.failures[0].because


def test_a_waiver_is_of_the_finding_wherever_the_file_lies(report: Report, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.bin").write_bytes(HOSTILE)
    moved = scan(tmp_path)
    assert moved.verdict == "malicious"
    assert decide(moved, Policy(), _book(report, None), TODAY).passed


@pytest.mark.parametrize("other", [b"cposix\nsystem\n(S'rm'\ntR.", b"cos\nsystem\n(S'id'\ntR."])
def test_a_waiver_is_of_no_other_call(report: Report, tmp_path: Path, other: bytes) -> None:
    (tmp_path / "hostile.pkl").write_bytes(other)
    decision = decide(scan(tmp_path), Policy(), _book(report, None), TODAY)
    assert not decision.passed and decision.unused


def test_a_waiver_does_not_cover_a_finding_that_got_worse(report: Report) -> None:
    import msgspec

    book = _book(report, None)
    milder = tuple(msgspec.structs.replace(one, severity=Severity.LOW) for one in book.waivers)
    assert not decide(report, Policy(), Waivers(waivers=milder), TODAY).passed


def test_renewing_keeps_what_counts_and_drops_what_does_not(report: Report) -> None:
    book = _book(report, None)
    gone = book.waivers[0]
    assert renew(book, [], [gone]).waivers == book.waivers[1:]
    assert renew(book, book.waivers, []).waivers == book.waivers
