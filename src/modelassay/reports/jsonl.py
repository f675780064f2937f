"""The report for programs that read it while it is made: JSON Lines, one thing a line.

Each line is an object with one key that says what it is: an `artifact`, a `finding`, an `error`,
or, last of all, the `report`: the verdict and all else of it that is no list. Their shapes are
those of the JSON report; the schema of a line is docs/reference/report-line.schema.json.

While files are read, lines come in the order of the files; then come files of no known format,
which others may account for until the end, and what repositories are as a whole. Without the last
line a scan was cut short.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from modelassay.core.findings import Finding
from modelassay.core.report import Artifact, Coverage, Problem, Report, Tool, Verdict
from modelassay.reports import View
from modelassay.reports.encoding import json_line


class Summary(msgspec.Struct, frozen=True):
    """All of a report that is no list. `schema` is the version of this shape."""

    tool: Tool
    target: list[str]
    verdict: Verdict
    complete: bool
    coverage: Coverage
    schema: Literal[1] = 1


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: one of these."""

    artifact: Artifact | None = None
    finding: Finding | None = None
    error: Problem | None = None
    report: Summary | None = None


def render(report: Report, view: View) -> bytes:
    """Return the whole report, a line each."""
    return b"".join((*lines(report), last(report)))


def lines(part: Report) -> Iterator[bytes]:
    """Yield the lines of what a part of a report lists."""
    yield from (json_line(Line(artifact=one)) for one in part.artifacts)
    yield from (json_line(Line(finding=one)) for one in part.findings)
    yield from (json_line(Line(error=one)) for one in part.errors)


def last(report: Report) -> bytes:
    """Return the last line."""
    told = Summary(report.tool, report.target, report.verdict, report.complete, report.coverage)
    return json_line(Line(report=told))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a line."""
    made = msgspec.json.schema(Line)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
