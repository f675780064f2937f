"""What CI shows: JUnit, Markdown and annotations, whatever names the files bear."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from modelassay import scan
from modelassay.core.nesting import outer
from modelassay.core.report import Report
from modelassay.policy import Policy, decide
from modelassay.policy.types import Formats
from modelassay.reports import BY_ID, View, markdown
from tests.helpers.folders import GOLDEN


def _render(name: str, report: Report, policy: Policy | None = None) -> str:
    view = View(decision=decide(report, policy))
    return BY_ID[name].load().render(report, view).decode()


def test_each_file_is_a_case_and_fails_as_the_gate_does(report: Report) -> None:
    suites = ElementTree.fromstring(_render("junit", report))
    cases = {case.get("name", "").rpartition("/")[2]: case for case in suites.iter("testcase")}
    files = {outer(one.path) for one in report.artifacts}
    assert "wow!x.pkl" in cases
    assert len(cases) == len(files) == int(suites.get("tests", ""))
    assert cases["clean.pkl"].find("failure") is None
    failure = cases["hostile.pkl"].find("failure")
    assert failure is not None and 'posix.system("id")' in (failure.text or "")
    assert cases["outer.zip"].find("failure") is not None
    assert cases["torn.pkl"].find("error") is not None
    assert int(suites.get("failures", "")) == len(list(suites.iter("failure")))


def test_a_format_the_policy_does_not_allow_fails_its_case(report: Report) -> None:
    policy = Policy(formats=Formats(allow=("gguf",)))
    suites = ElementTree.fromstring(_render("junit", report, policy))
    failed = {
        case.get("name", "").rpartition("/")[2]
        for case in suites.iter("testcase")
        if case.find("failure") is not None
    }
    assert "clean.pkl" in failed and "model.gguf" not in failed


def test_annotations_are_one_line_each_and_no_name_makes_another(report: Report) -> None:
    lines = _render("github", report).splitlines()
    assert lines
    for line in lines:
        assert re.match(r"::(error|warning|notice) file=[^:,\n]*(,title=[^:\n]*)?::", line), line
    assert not any(line.startswith("::error::no") for line in lines)
    assert any("/wow!x.pkl," in line for line in lines)


def test_markdown_shows_text_of_files_as_code_alone(report: Report) -> None:
    text = _render("markdown", report)
    assert "Malicious" in text and "The gate **fails**" in text
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "<script>" not in outside and "javascript:" not in outside and "<img" not in outside
    assert "\x1b" not in text and "\x07" not in text


def test_a_clean_report_is_told_as_such(folder: object) -> None:
    from pathlib import Path

    from modelassay import scan

    clean = scan(Path(str(folder)) / "clean.pkl")
    assert "✅" in _render("markdown", clean)
    assert _render("github", clean) == ""
    assert "failure" not in _render("junit", clean).replace('failures="0"', "")


def test_a_long_report_fits_a_comment(report: Report) -> None:
    import msgspec

    many = msgspec.structs.replace(
        report,
        findings=[
            msgspec.structs.replace(report.findings[0], artifact=f"models/{number}.pkl")
            for number in range(2_000)
        ],
    )
    text = _render("markdown", many)
    assert len(text) < 65_536 and "left out" in text


def test_markdown_tells_what_loading_a_repository_does() -> None:
    shown = markdown.render(scan(str(GOLDEN / "own_code")), View()).decode()
    assert "`from_pretrained(trust_remote_code=True)` runs `configuration_tiny.py`" in shown
