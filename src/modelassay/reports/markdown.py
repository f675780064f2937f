"""Markdown for a comment on a pull request and for the summary of a job: the findings that count.

Text of the file is shown as code, so that nothing in it is a link, a picture or a mention.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from modelassay.core.findings import Finding, Severity
from modelassay.core.report import Artifact, Report
from modelassay.core.text import visible
from modelassay.reports import View
from modelassay.reports.about import FIRES, about, sources
from modelassay.reports.layout import amount, shorten, size

_MARKS = {
    Severity.CRITICAL: "🟥",
    Severity.HIGH: "🟧",
    Severity.MEDIUM: "🟨",
    Severity.LOW: "🟦",
    Severity.INFO: "⬜",
}
_LONGEST = 300
_SHOWN = 3
_FOLDERS = 20
_NAMES = 5
_MOST = 50_000  # characters; a comment holds 65,536


def render(report: Report, view: View) -> bytes:
    """Return the report as Markdown."""
    made: list[str] = []
    length = 0
    blocks = list(_blocks(report, view))
    for number, block in enumerate(blocks):
        length += len(block)
        if length > _MOST and not view.verbose:
            made.append(f"*{amount(len(blocks) - number, 'more block')} left out.*\n")
            break
        made.append(block)
    return "\n".join(made).encode("utf-8", "backslashreplace")


def _blocks(report: Report, view: View) -> Iterator[str]:
    yield _verdict(report, view)
    waived = {one.finding: one.waiver for one in view.decision.waived}
    open_ = [finding for finding in report.findings if finding not in waived]
    if open_:
        yield _counts(open_)
    for _, same in groupby(open_, lambda one: (one.severity.rank, one.artifact, one.rule)):
        findings = list(same)
        if findings[0].severity.rank > Severity.LOW.rank or view.verbose:
            yield _block(findings)
    others = [one for one in view.decision.failures if one.finding is None]
    for one in others:
        yield f"- {_code(one.artifact)}: {one.message}: {one.because}\n"
    if waived:
        rows = [
            f"- {_code(finding.message)} in {_code(finding.artifact)}: "
            f"{_code(waiver.reason)} ({_code(waiver.owner)})"
            for finding, waiver in waived.items()
        ]
        yield _folded(amount(len(rows), "waived finding"), "\n".join(rows))
    loading = [one for one in report.artifacts if one.loading]
    if loading:
        yield _folded("What loading does", "\n".join(_loading(loading)))
    unread = [one for one in report.artifacts if one.status in ("partial", "failed")]
    if unread:
        rows = [f"- {_code(one.path)}: {_code(one.reason or one.status)}" for one in unread]
        yield _folded(f"{amount(len(unread), 'artifact')} not read whole", "\n".join(rows))
    coverage = report.coverage
    yield (
        f"<sub>{report.tool.name} {report.tool.version}: {amount(coverage.files, 'file')}, "
        f"{size(coverage.bytes_total)}</sub>\n"
    )


def _verdict(report: Report, view: View) -> str:
    if report.verdict == "malicious":
        text = "🛑 **Malicious**: do not load what is named below."
    elif report.verdict == "suspicious":
        text = "⚠️ **Suspicious**: a person has to look before this is loaded."
    elif not report.complete or not report.artifacts:
        text = "❔ **Not cleared**: nothing bad was found, but not everything could be read."
    else:
        text = "✅ **Clean**: everything was read, and nothing bad was found."
    gate = "" if view.decision.passed and report.complete else "\n\nThe gate **fails**."
    return f"### modelassay\n\n{text}{gate}\n"


def _counts(findings: list[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    parts = [f"{_MARKS[one]} {counts[one]} {one}" for one in Severity if counts[one]]
    return " · ".join(parts) + "\n"


def _block(findings: list[Finding]) -> str:
    first = findings[0]
    lines = [
        f"#### {_MARKS[first.severity]} {first.severity}: {about(first.rule).title}",
        f"{_code(first.artifact)}, `{first.rule}`, fires {FIRES[first.fires_at]}",
        "",
    ]
    for finding in findings[:_SHOWN]:
        lines.append(f"- {_code(finding.message)}")
        lines += [f"  - {_code(piece.fact)}" for piece in finding.evidence[:_SHOWN]]
    if len(findings) > _SHOWN:
        lines.append(f"- ... and {len(findings) - _SHOWN} more like it")
    lines += ["", f"**Do:** {first.remediation} {' '.join(sources(first))}".rstrip(), ""]
    return "\n".join(lines)


def _loading(artifacts: list[Artifact]) -> Iterator[str]:
    """Yield what each call that loads a repository runs and takes."""
    for artifact in artifacts[:_FOLDERS]:
        yield f"- {_code(artifact.path)}"
        for one in artifact.loading:
            yield f"  - {_code(one.call)} runs {_names(one.runs)}, takes {_names(one.takes)}"
    if len(artifacts) > _FOLDERS:
        yield f"- ... and {len(artifacts) - _FOLDERS} more"


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(_code(name) for name in names[:_NAMES]) or "nothing"
    return shown + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>\n"


def _code(text: str) -> str:
    """Return text of the file as code: whatever it holds, it is only shown."""
    text = shorten(visible(text), _LONGEST)
    fence = "`"
    while fence in text:
        fence += "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"
