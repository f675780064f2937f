"""SARIF 2.1.0, for code scanning and for viewers of results.

A finding stands at the file on disk; the member it is in is its logical location, since a line and
a column say nothing of a binary file. Waived findings are results with a suppression.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os.html;
what code scanning reads of it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

from typing import Any, Final

from modelassay.core.findings import Finding, Severity
from modelassay.core.nesting import inner, outer
from modelassay.core.report import Artifact, Problem, Report
from modelassay.core.text import visible
from modelassay.policy import Waiver
from modelassay.reports import View
from modelassay.reports.about import about, sources, uri
from modelassay.reports.encoding import ordered_json_bytes
from modelassay.reports.layout import shorten

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: Code scanning rejects a run of more results, and shows the 5,000 worst.
_MOST: Final = 25_000
_LONGEST: Final = 1_000  # characters of one piece of evidence; a file has 10 MB, compressed
_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
#: What code scanning sorts by: from 9.0 critical, 7.0 high, 4.0 medium, below low.
_SCORES: Final = {
    Severity.CRITICAL: "9.8",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.0",
}


def render(report: Report, view: View) -> bytes:
    """Return the report as SARIF."""
    findings = report.findings[:_MOST]
    left = len(report.findings) - len(findings)
    rules = sorted({finding.rule for finding in findings})
    number = {rule: index for index, rule in enumerate(rules)}
    files = [artifact for artifact in report.artifacts if not inner(artifact.path)]
    place = {outer(artifact.path): index for index, artifact in enumerate(files)}
    waived = {one.finding: one.waiver for one in view.decision.waived}
    run = {
        "tool": {
            "driver": {
                "name": report.tool.name,
                "version": report.tool.version,
                "semanticVersion": report.tool.version,
                "rules": [_rule(rule, report) for rule in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": report.complete and not report.errors,
                "toolExecutionNotifications": [
                    *(_problem(problem) for problem in report.errors),
                    *(_unread(one) for one in report.artifacts if one.status in _UNREAD),
                    *([_left_out(left)] if left else []),
                ],
            }
        ],
        "artifacts": [_artifact(artifact) for artifact in files],
        "results": [_result(finding, number, place, waived.get(finding)) for finding in findings],
        "columnKind": "unicodeCodePoints",
        "properties": {"verdict": report.verdict, "complete": report.complete},
    }
    return ordered_json_bytes({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


_UNREAD: Final = ("partial", "failed")


def _rule(rule: str, report: Report) -> dict[str, Any]:
    known = about(rule)
    findings = [finding for finding in report.findings if finding.rule == rule]
    worst = max((finding.severity for finding in findings), key=lambda severity: severity.rank)
    first = findings[0]
    tags = ["security", "model"]
    tags += [f"external/cwe/cwe-{first.cwe:03}"] if first.cwe else []
    tags += [one for one in (first.atlas, first.owasp) if one]
    return {
        "id": rule,
        "name": "".join(word.capitalize() for word in rule.split("-")),
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.title + "."},
        "help": {"text": first.remediation, "markdown": known.page or first.remediation},
        "defaultConfiguration": {"level": _LEVELS[worst]},
        "properties": {
            "tags": tags,
            "precision": first.confidence if first.confidence != "high" else "very-high",
            "security-severity": _SCORES[worst],
        },
    }


def _artifact(artifact: Artifact) -> dict[str, Any]:
    made: dict[str, Any] = {
        "location": {"uri": uri(artifact.path)},
        "length": artifact.size,
        "roles": ["analysisTarget"],
    }
    if artifact.sha256:
        made["hashes"] = {"sha-256": artifact.sha256}
    made["properties"] = {"format": artifact.format or "unknown", "status": artifact.status}
    return made


def _result(
    finding: Finding, number: dict[str, int], place: dict[str, int], waiver: Waiver | None
) -> dict[str, Any]:
    file, member = outer(finding.artifact), inner(finding.artifact)
    where: dict[str, Any] = {"uri": uri(finding.artifact)}
    if file in place:
        where["index"] = place[file]
    physical: dict[str, Any] = {"artifactLocation": where, "region": {"startLine": 1}}
    if finding.location.offset is not None:
        kind = "member" if member else "file"
        physical["address"] = {"relativeAddress": finding.location.offset, "kind": "data"}
        physical["address"]["name"] = f"byte {finding.location.offset} of the {kind}"
    location: dict[str, Any] = {"id": 0, "physicalLocation": physical}
    logical = [_logical(member, "member")] if member else []
    logical += [_logical(finding.location.path, "element")] if finding.location.path else []
    if logical:
        location["logicalLocations"] = logical
    made: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": number[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [location],
        "partialFingerprints": {
            "modelassayFinding/v1": finding.fingerprint,
            # The one code scanning keeps alerts by; left out, it would be made of line 1.
            "primaryLocationLineHash": finding.fingerprint,
        },
        "properties": {
            "severity": finding.severity.value,
            "security-severity": _SCORES[finding.severity],
            "confidence": finding.confidence,
            "firesAt": finding.fires_at,
            "loaders": list(finding.loaders),
            "references": sources(finding),
            "evidence": [visible(shorten(piece.fact, _LONGEST)) for piece in finding.evidence],
            "verify": list(finding.verify),
        },
    }
    if waiver is not None:
        text = f"{waiver.reason} ({waiver.owner})"
        made["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": visible(text)}
        ]
    return made


def _logical(name: str, kind: str) -> dict[str, Any]:
    return {"fullyQualifiedName": visible(name), "kind": kind}


def _message(finding: Finding) -> str:
    """Return the message and where it stands; brackets in it must not become links."""
    member = inner(finding.artifact)
    text = finding.message[:1].upper() + finding.message[1:]
    text += f" (in {member})" if member else ""
    return visible(text).replace("](", "] (")


def _problem(problem: Problem) -> dict[str, Any]:
    text = f"{problem.artifact}: {problem.message}. {problem.advice}".strip()
    return {"level": "error", "message": {"text": visible(text)}}


def _left_out(number: int) -> dict[str, Any]:
    text = f"{number:,} more findings, none worse than these, are left out; the JSON report has all"
    return {"level": "warning", "message": {"text": text}}


def _unread(artifact: Artifact) -> dict[str, Any]:
    text = f"{artifact.path} was not read whole: {artifact.reason or artifact.status}"
    return {"level": "warning", "message": {"text": visible(text)}}
