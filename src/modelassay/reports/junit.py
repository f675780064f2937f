"""JUnit XML, as CI servers show it: each file a test case, which fails where the policy fails it.

Source: the format has no standard; this is the part all readers share, described by
https://github.com/testmoapp/junitxml and by the schema of the Jenkins xUnit plug-in.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from modelassay.core.findings import Finding
from modelassay.core.nesting import outer
from modelassay.core.report import Artifact, Report
from modelassay.core.text import visible
from modelassay.policy import Failure
from modelassay.reports import View
from modelassay.reports.about import sources
from modelassay.reports.encoding import xml_text


def render(report: Report, view: View) -> bytes:
    """Return the report as JUnit XML."""
    failures = sorted(view.decision.failures, key=lambda one: outer(one.artifact))
    failed = {
        file: list(group) for file, group in groupby(failures, lambda one: outer(one.artifact))
    }
    unread = {
        outer(one.artifact): one.message + (f". {one.advice}" if one.advice else "")
        for one in report.errors
    }
    unread |= {outer(one.path): _reason(one) for one in report.artifacts if one.status in _UNREAD}
    files = sorted({outer(artifact.path) for artifact in report.artifacts} | failed.keys())
    suite = Element("testsuite", name=report.tool.name)
    errors = 0
    for file in files:
        case = SubElement(suite, "testcase", classname="modelassay", name=_text(file))
        if file in failed:
            lines = list(_lines(failed[file]))
            made = SubElement(case, "failure", message=lines[0], type="finding")
            made.text = "\n".join(lines)
        elif file in unread:
            errors += 1
            SubElement(case, "error", message=_text(unread[file]), type="not-read")
    counts = {"tests": str(len(files)), "failures": str(len(failed)), "errors": str(errors)}
    suite.attrib |= counts | {"skipped": "0"}
    suites = Element("testsuites", {"name": report.tool.name, **counts})
    suites.append(suite)
    indent(suites)
    encoded: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return encoded + b"\n"


_UNREAD = ("partial", "failed")


def _reason(artifact: Artifact) -> str:
    return f"{artifact.path} was not read whole: {artifact.reason or artifact.status}"


def _lines(failures: list[Failure]) -> Iterator[str]:
    for failure in failures:
        finding = failure.finding
        level = f"{finding.severity}: " if finding else ""
        yield _text(f"{level}{failure.message} ({failure.artifact}; {failure.because})")
        if finding is not None:
            yield from _details(finding)


def _details(finding: Finding) -> Iterator[str]:
    for piece in finding.evidence[:5]:
        yield _text(f"    {piece.fact}")
    yield _text(f"    {finding.rule} {' '.join(sources(finding))}")
    yield _text(f"    {finding.remediation}")


def _text(text: str) -> str:
    return xml_text(visible(text))
