"""Annotations of GitHub Actions: a line a finding on standard output, shown at the file.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Finding, Severity
from modelassay.core.nesting import inner, outer
from modelassay.core.report import Report
from modelassay.core.text import visible
from modelassay.reports import View
from modelassay.reports.about import about

_COMMANDS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
}


def render(report: Report, view: View) -> bytes:
    """Return the report as workflow commands; what is only context is left out."""
    waived = {one.finding for one in view.decision.waived}
    lines = [
        _command("notice" if finding in waived else _COMMANDS[finding.severity], finding)
        for finding in report.findings
        if finding.severity in _COMMANDS
    ]
    lines += _others(report, view)
    return "".join(line + "\n" for line in lines).encode("utf-8", "backslashreplace")


def _others(report: Report, view: View) -> Iterator[str]:
    for failure in view.decision.failures:
        if failure.finding is None:
            file = _property(outer(failure.artifact))
            yield f"::error file={file}::{_data(f'{failure.message}: {failure.because}')}"
    for artifact in report.artifacts:
        if artifact.status in ("partial", "failed"):
            text = f"not read whole: {artifact.reason or artifact.status}"
            yield f"::error file={_property(outer(artifact.path))}::{_data(text)}"


def _command(name: str, finding: Finding) -> str:
    member = inner(finding.artifact)
    text = finding.message + (f" (in {member})" if member else "")
    title = f"{finding.severity}: {about(finding.rule).title}"
    return (
        f"::{name} file={_property(outer(finding.artifact))},"
        f"title={_property(title)}::{_data(f'{text}. {finding.remediation}')}"
    )


def _data(text: str) -> str:
    """Keep hostile text from being a command of its own."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
