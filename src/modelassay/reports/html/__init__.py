"""One file for a browser: the verdict, each finding with its evidence, and what was read.

Nothing is fetched from elsewhere: style and script stand in the file, and its own security policy
allows no others. All text of scanned files is escaped; the template is ours alone.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import groupby
from typing import Any

import jinja2
import msgspec

from modelassay.core.findings import Finding, Severity
from modelassay.core.nesting import inner, outer, split
from modelassay.core.report import Artifact, Report
from modelassay.core.text import visible
from modelassay.reports import View
from modelassay.reports.about import FIRES, About, about, sources
from modelassay.reports.layout import amount, shorten, size

_MOST = 5_000  # findings, and artifacts: more than a browser or a person wants at once
_LONGEST = 2_000
_FOLDERS = 500  # repositories
_NAMES = 20  # of files that are taken, and the like
_SEVERITIES = tuple(Severity)


class Mark(msgspec.Struct, frozen=True):
    """A finding in the picture of an artifact: its place in per cent of the artifact's size."""

    number: int
    at: float
    severity: str
    title: str


class Group(msgspec.Struct, frozen=True):
    """The findings of one artifact."""

    artifact: Artifact
    file: str
    member: str
    findings: list[tuple[int, Finding]]
    marks: list[Mark]


class Row(msgspec.Struct, frozen=True):
    """An artifact in the tree of all that was read: its depth, and its own name."""

    depth: int
    name: str
    artifact: Artifact | None
    worst: str = ""


def render(report: Report, view: View) -> bytes:
    """Return the report as one HTML file."""
    style, script = _part("style.css"), _part("script.js")
    groups = list(_groups(report))
    waived = {one.finding: one.waiver for one in view.decision.waived}
    counts = Counter(finding.severity for finding in report.findings)
    html = (
        _environment()
        .get_template("page.html")
        .render(
            report=report,
            decision=view.decision,
            policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}",
            style=style,
            script=script,
            state=_state(report),
            counts=[(one.value, counts[one]) for one in _SEVERITIES if counts[one]],
            groups=groups,
            rules=_rules(report.findings),
            waived=waived,
            left=max(0, len(report.findings) - _MOST),
            rows=list(_rows(report)),
            rows_left=max(0, len(report.artifacts) - _MOST),
            loading=[one for one in report.artifacts if one.loading],
            shown_loading=_FOLDERS,
            unread=[one for one in report.artifacts if one.status in ("partial", "failed")],
        )
    )
    return html.encode("utf-8", "backslashreplace")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_part),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {"amount": amount, "size": size, "sources": sources, "names": _names}
    environment.globals["fires"] = FIRES
    return environment


def _shown(value: Any) -> Any:
    """Make text of files fit to be shown. What is markup already comes from the template."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return "\n".join(visible(shorten(line, _LONGEST)) for line in value.split("\n"))
    return value


def _names(names: tuple[str, ...]) -> str:
    """Return names in a line, the first of many; each is cut before the line is."""
    shown = ", ".join(shorten(name, _LONGEST // _NAMES) for name in names[:_NAMES])
    more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return shown + more or "nothing"


def _part(name: str) -> str:
    return files("modelassay.reports.html").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _state(report: Report) -> tuple[str, str, str]:
    """Return a class, a word and a sentence for how it stands."""
    if report.verdict == "malicious":
        return "bad", "Malicious", "Do not load what is named below."
    if report.verdict == "suspicious":
        return "warn", "Suspicious", "A person has to look before this is loaded."
    if not report.artifacts:
        return "warn", "Nothing scanned", "No file was given or found."
    if not report.complete:
        return "warn", "Not cleared", "Nothing bad was found, but not everything could be read."
    return "good", "Clean", "Everything was read, and nothing bad was found."


def _rules(findings: Iterable[Finding]) -> dict[str, About]:
    return {rule: about(rule) for rule in sorted({finding.rule for finding in findings})}


def _groups(report: Report) -> Iterator[Group]:
    """Yield the artifacts with findings, the worst first."""
    known = {artifact.path: artifact for artifact in report.artifacts}
    numbered = list(enumerate(report.findings[:_MOST], 1))
    worst: dict[str, int] = {}
    for _, finding in numbered:
        worst[finding.artifact] = max(worst.get(finding.artifact, 0), finding.severity.rank)
    numbered.sort(key=lambda one: (-worst[one[1].artifact], one[1].artifact, one[0]))
    for path, group in groupby(numbered, lambda one: one[1].artifact):
        findings = list(group)
        artifact = known.get(path) or Artifact(path, None, "unknown", 0)
        marks = [] if artifact.size <= 0 else list(_marks(artifact, findings))
        yield Group(artifact, outer(path), inner(path), findings, marks)


def _marks(artifact: Artifact, findings: list[tuple[int, Finding]]) -> Iterator[Mark]:
    for number, finding in findings:
        offset = finding.location.offset
        if offset is not None and 0 <= offset <= artifact.size:
            title = f"byte {offset:,}: {about(finding.rule).title}"
            yield Mark(number, round(100 * offset / artifact.size, 3), finding.severity, title)


def _rows(report: Report) -> Iterator[Row]:
    """Yield the tree of what was read: folders, files, and the members in them."""
    worst: dict[str, Severity] = {}
    for finding in report.findings:
        known = worst.get(finding.artifact)
        if known is None or finding.severity.rank > known.rank:
            worst[finding.artifact] = finding.severity
    open_: list[str] = []
    for artifact in sorted(report.artifacts, key=lambda one: _steps(one.path))[:_MOST]:
        *above, name = _steps(artifact.path)
        shared = 0
        while shared < min(len(open_), len(above)) and open_[shared] == above[shared]:
            shared += 1
        for depth in range(shared, len(above)):
            yield Row(depth, above[depth], None)
        open_ = [*above, name]
        yield Row(len(above), name, artifact, worst.get(artifact.path, ""))


def _steps(path: str) -> list[str]:
    """Split a path into folders, the file, and members; `/` and `!` stay with their step."""
    file, *members = split(path)
    folders = file.strip("/").split("/")
    steps = [("/" if file.startswith("/") else "") + folders[0], *folders[1:]]
    return steps + ["!" + part for part in members]
