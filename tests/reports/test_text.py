"""The report for people, and that no file can use it against their terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelassay import Report, scan
from modelassay.core.facts import Location
from modelassay.core.findings import Evidence, Finding, Severity
from modelassay.core.report import Artifact, Problem, Tool
from modelassay.reports import View
from modelassay.reports.layout import shorten, size
from modelassay.reports.text import render

#: A cleared screen, a title, a colour, a bell, a line back, an override, a zero width, a markup.
ATTACK = "x\x1b[2J\x1b]0;t\x07\x1b[31m\r\n\x9b1m\u202egnp\u200b\u2066\udc80[red]y[/red]:boom:"
STYLES = re.compile(r"\x1b\[[\d;]*m")  # what rich writes for colours, and nothing else

every_view = pytest.mark.parametrize(
    "view",
    [View(), View(verbose=True), View(terminal=True), View(terminal=True, verbose=True, width=40)],
    ids=["plain", "plain-verbose", "terminal", "terminal-verbose"],
)


def _finding(severity: Severity = Severity.CRITICAL, **given: object) -> Finding:
    fields: dict[str, object] = {
        "rule": "a-rule",
        "severity": severity,
        "confidence": "high",
        "message": "it calls",
        "artifact": "a.pkl",
        "location": Location(3, "op 1"),
        "evidence": (Evidence("call os.system()", Location(3, "op 1")),),
        "fires_at": "load",
        "cwe": 502,
        "atlas": "AML.T0011.000",
        "cve": (),
        "remediation": "Do not.",
        "docs": "docs/rules/a-rule.md",
        "fingerprint": "0",
    }
    return Finding(**(fields | given))  # type: ignore[arg-type]


def _report(*findings: Finding, **given: object) -> Report:
    fields: dict[str, object] = {
        "target": ["a.pkl"],
        "verdict": "malicious" if findings else "clean",
        "artifacts": [Artifact("a.pkl", "pickle", "scanned", 10)],
        "findings": list(findings),
    }
    return Report(Tool("modelassay", "0"), **(fields | given))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@every_view
def test_nothing_in_a_file_reaches_the_terminal(view: View) -> None:
    evidence = Evidence(f"call {ATTACK}", Location(3, ATTACK), 1, (ATTACK,))
    hostile = [
        _finding(severity, artifact=ATTACK, message=ATTACK, evidence=(evidence,))
        for severity in Severity
    ]
    report = _report(
        *hostile,
        artifacts=[Artifact(ATTACK, "pickle", "partial", 1, reason=ATTACK)],
        errors=[Problem(ATTACK, ATTACK, ATTACK)],
        complete=False,
    )
    text = STYLES.sub("", render(report, view).decode())
    joined = re.sub(r"\s+", "", text)
    assert r"\x1b[2J\x1b]0;t\x07\x1b[31m\r\n\x9b1m\u202egnp\u200b\u2066\udc80" in joined
    assert "[red]y[/red]:boom:" in joined
    assert all(character.isprintable() or character == "\n" for character in text)


@every_view
def test_a_file_name_of_the_file_system(view: View, tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2J\u202e[b].pkl"
    path.write_bytes(b"cposix\nsystem\n(S'id'\ntR.")
    text = STYLES.sub("", render(scan(path), view).decode())
    assert all(character.isprintable() or character == "\n" for character in text)
    assert r"a\x1b[2J\u202e[b].pkl" in re.sub(r"\s+", "", text)


def test_colours_are_for_terminals_alone() -> None:
    report = _report(_finding())
    assert b"\x1b[" in render(report, View(terminal=True))
    assert b"\x1b" not in render(report, View())


def test_the_words_do_not_depend_on_the_terminal() -> None:
    report = _report(_finding(), _finding(Severity.LOW))
    wide = STYLES.sub("", render(report, View(terminal=True, width=500)).decode())
    plain = render(report, View()).decode()
    assert [line.rstrip() for line in wide.splitlines()] == plain.splitlines()


def test_the_verdict_stands_first() -> None:
    lines = render(_report(_finding()), View()).decode().splitlines()
    assert lines[0].split()[0] == "MALICIOUS"


def test_findings_stand_by_severity_and_artifact() -> None:
    text = render(
        _report(
            _finding(artifact="a.pkl"),
            _finding(artifact="b.pkl"),
            _finding(Severity.MEDIUM, artifact="a.pkl"),
        ),
        View(),
    ).decode()
    order = ["CRITICAL", "a.pkl", "b.pkl", "MEDIUM", "a.pkl", "COVERAGE"]
    position = 0
    for word in order:
        position = text.index(word, position) + 1


def test_a_finding_says_all_a_person_needs() -> None:
    text = render(_report(_finding(cve=("CVE-2000-0001",))), View()).decode()
    for needed in (
        "it calls", "a-rule", "call os.system()", "byte 3", "when it is loaded", "CWE-502",
        "AML.T0011.000", "CVE-2000-0001", "Do not.",
    ):  # fmt: skip
        assert needed in text


def test_what_to_do_is_said_once_a_rule() -> None:
    report = _report(_finding(artifact="a.pkl"), _finding(artifact="b.pkl"))
    assert render(report, View()).decode().count("Do not.") == 1
    assert render(report, View(verbose=True)).decode().count("Do not.") == 2


def test_evidence_is_cut_unless_verbose() -> None:
    many = tuple(Evidence(f"call f{n}.g()") for n in range(9))
    long = (Evidence("call a.b()", listing=tuple(f"line {n}" for n in range(30))),)
    report = _report(_finding(evidence=many), _finding(artifact="b.pkl", evidence=long))
    short, whole = (render(report, View(verbose=verbose)).decode() for verbose in (False, True))
    assert "f8.g" not in short
    assert "6 more like it" in short
    assert "line 29" not in short
    assert "f8.g" in whole
    assert "line 29" in whole


def test_low_findings_are_summed_up_unless_verbose() -> None:
    report = _report(*(_finding(Severity.LOW, artifact=f"{n}.pkl") for n in range(5)))
    assert "and 4 more" in render(report, View()).decode()
    assert "4.pkl" in render(report, View(verbose=True)).decode()


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "CLEAN"),
        ({"complete": False}, "NOT CLEARED"),
        ({"artifacts": []}, "NOTHING SCANNED"),
        ({"verdict": "suspicious", "findings": [_finding(Severity.MEDIUM)]}, "SUSPICIOUS"),
    ],
)
def test_clean_is_only_said_of_what_was_read(given: dict[str, object], word: str) -> None:
    first = render(_report(**given), View()).decode().splitlines()[0]
    assert first.strip().startswith(word)
    assert ("CLEAN " in first) == (word == "CLEAN")


def test_what_was_not_read_is_named_with_its_reason() -> None:
    artifacts = [
        Artifact("a.7z", None, "unknown", 5, reason="7z needs py7zr"),
        Artifact("b.pkl", "pickle", "failed", 5, reason="the file ended"),
        Artifact("c.pkl", "pickle", "scanned", 5),
    ]
    text = render(_report(artifacts=artifacts, complete=False), View()).decode()
    assert "a.7z" in text
    assert "7z needs py7zr" in text
    assert "the file ended" in text
    assert "c.pkl" not in text


def test_errors_stand_with_their_advice() -> None:
    report = _report(errors=[Problem("a.pkl", "it broke", "Scan it again.")], complete=False)
    text = render(report, View()).decode()
    assert "it broke" in text
    assert "Scan it again." in text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1500, "1.5 kB"),
        (999_950, "1.0 MB"), (4_200_000_000, "4.2 GB"), (10**13, "10.0 TB"),
    ],
)  # fmt: skip
def test_sizes(number: int, text: str) -> None:
    assert size(number) == text


def test_shorten() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abc..."
