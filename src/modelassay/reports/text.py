"""The report for people: the verdict, then what was found, then what was read and what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, groupby, repeat

from modelassay.core.findings import Evidence, Finding, Severity
from modelassay.core.report import Artifact, Report
from modelassay.policy.decision import Decision
from modelassay.reports import View
from modelassay.reports.about import FIRES, sources
from modelassay.reports.layout import Line, Span, amount, line, plain, shorten, size

_SHOWN = 3  # pieces of evidence of a finding, without --verbose
_LISTED = 8  # lines of a disassembly, and artifacts that were not read, without --verbose
_LONGEST = 300  # characters of one piece of evidence, without --verbose


def render(report: Report, view: View) -> bytes:
    """Return the report as text."""
    made = verdict(report) if view.quiet else lines(report, view)
    if view.terminal:
        from modelassay.reports.terminal import painted

        return painted(made, view.width).encode()
    return plain(made).encode()


def lines(report: Report, view: View) -> Iterator[Line]:
    """Yield the lines of the report."""
    yield from verdict(report)
    told: set[str] = set()
    for severity, findings in groupby(report.findings, lambda finding: finding.severity):
        yield line(0)
        if severity.rank > Severity.LOW.rank or view.verbose:
            yield from _severity(severity, list(findings), report, view, told)
        else:
            yield from _summary(severity, list(findings))
    yield from _gate(view.decision)
    if report.findings:
        yield line(0)
        yield line(0, Span("modelassay explain RULE", "strong"), " tells more about a rule.")
    yield from _loading(report, view)
    yield line(0)
    yield from _coverage(report, view)
    yield from _errors(report)


def verdict(report: Report) -> Iterator[Line]:
    """Yield the line that says how it stands."""
    counts = Counter(finding.severity for finding in report.findings)
    found = ", ".join(f"{counts[severity]} {severity}" for severity in Severity if counts[severity])
    unread = sum(artifact.status in ("partial", "failed") for artifact in report.artifacts)
    files = amount(report.coverage.files, "file")
    if report.verdict == "malicious":
        badge, text = Span(" MALICIOUS ", "alarm"), f"{found}. Do not load what is named below."
    elif report.verdict == "suspicious":
        badge, text = Span(" SUSPICIOUS ", "medium"), f"{found}. Have a person look before loading."
    elif not report.artifacts:
        badge, text = Span(" NOTHING SCANNED ", "bad"), "No file was given or found."
    elif not report.complete:
        badge = Span(" NOT CLEARED ", "bad")
        text = "Nothing bad was found, but not everything could be read."
    else:
        badge, text = Span(" CLEAN ", "good"), f"{files} read, nothing bad found."
        text += f" ({found})" if found else ""
    if report.verdict != "clean" and unread:
        text += f" {amount(unread, 'artifact')} could not be read whole."
    yield line(0, badge, " ", text)


def _severity(
    severity: Severity, findings: list[Finding], report: Report, view: View, told: set[str]
) -> Iterator[Line]:
    formats = {artifact.path: artifact.format for artifact in report.artifacts}
    yield line(0, Span(severity.upper(), severity.value))
    for path, here in groupby(findings, lambda finding: finding.artifact):
        yield line(2, Span(path, "strong"), Span(f"  {formats.get(path) or ''}", "faint"))
        for _, same in groupby(here, lambda finding: finding.rule):
            yield from _rule(list(same), view, told)


def _rule(findings: list[Finding], view: View, told: set[str]) -> Iterator[Line]:
    """Yield what one rule found in one artifact. What to do stands where it is `told` first."""
    for finding in findings:
        message = finding.message if view.verbose else shorten(finding.message, _LONGEST)
        yield line(4, Span(message, finding.severity.value), Span(f"  {finding.rule}", "faint"))
        yield from _evidence(finding.evidence, view)
    first = findings[0]
    fires = f"{FIRES[first.fires_at]}; confidence {first.confidence}"
    yield line(6, Span("fires ", "faint"), fires, Span("  " + " ".join(sources(first)), "faint"))
    if view.verbose and first.loaders:
        yield line(6, Span("by    ", "faint"), ", ".join(first.loaders))
    if view.verbose:
        commands = dict.fromkeys(command for one in findings for command in one.verify)
        for word, command in zip(chain(("see   ",), repeat("      ")), commands, strict=False):
            yield line(6, Span(word, "faint"), Span(command, "code"))
    if view.verbose or first.rule not in told:
        yield line(6, Span("do    ", "faint"), first.remediation)
    told.add(first.rule)


def _evidence(evidence: tuple[Evidence, ...], view: View) -> Iterator[Line]:
    shown = evidence if view.verbose else evidence[:_SHOWN]
    for piece in shown:
        fact = piece.fact if view.verbose else shorten(piece.fact, _LONGEST)
        offset = piece.location.offset
        place = "" if offset is None else f"  byte {offset:,}"
        yield line(6, Span(fact, "code"), Span(place, "faint"))
        listing = piece.listing if view.verbose else piece.listing[:_LISTED]
        for text in listing:
            yield line(8, Span(text, "faint"))
        if len(listing) < len(piece.listing):
            rest = amount(len(piece.listing) - len(listing), "more line")
            yield line(8, Span(f"... {rest}", "faint"))
    if len(shown) < len(evidence):
        yield line(6, Span(f"... and {len(evidence) - len(shown)} more like it", "faint"))


def _summary(severity: Severity, findings: list[Finding]) -> Iterator[Line]:
    """Yield one line a rule, for what is only worth knowing."""
    yield line(0, Span(severity.upper(), severity.value))
    for rule, times in sorted(Counter(finding.rule for finding in findings).items()):
        example = next(finding for finding in findings if finding.rule == rule)
        more = f", and {times - 1} more" if times > 1 else ""
        text = f"{shorten(example.message, _LONGEST)}: {example.artifact}{more}"
        yield line(2, text, Span(f"  {rule}", "faint"))


def _gate(decision: Decision) -> Iterator[Line]:
    """Yield what the policy and the waivers say beyond the findings themselves."""
    outside = [one for one in decision.failures if one.finding is None]
    if outside or decision.waived or decision.expired or decision.unused:
        yield line(0)
        yield line(0, Span("GATE", "strong"))
    for failure in outside:
        yield line(2, Span(failure.artifact, "strong"), f"  {failure.message}: {failure.because}")
    for finding, waiver in ((one.finding, one.waiver) for one in decision.waived):
        until = f" until {waiver.expires}" if waiver.expires else ""
        about = f"{finding.rule} in {finding.artifact}"
        yield line(2, Span("waived  ", "faint"), f"{about}{until}: {waiver.reason}")
    for waiver in decision.expired:
        yield line(
            2, Span("expired ", "bad"), f"{waiver.rule} in {waiver.artifact}, {waiver.expires}"
        )
    for waiver in decision.unused:
        yield line(2, Span("unused  ", "faint"), f"{waiver.rule} in {waiver.artifact}")


def _loading(report: Report, view: View) -> Iterator[Line]:
    """Yield what each call that loads a repository takes and runs."""
    told = [artifact for artifact in report.artifacts if artifact.loading]
    if not told:
        return
    yield line(0)
    yield line(0, Span("LOADING", "strong"))
    for artifact in told if view.verbose else told[:_LISTED]:
        yield line(2, Span(artifact.path, "strong"), Span(f"  {artifact.format or ''}", "faint"))
        for one in artifact.loading:
            yield line(4, one.call)
            for word, names in (("takes", one.takes), ("leaves", one.leaves), ("runs", one.runs)):
                shown = names if view.verbose else names[:_LISTED]
                more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
                if names or word == "runs":
                    text = ", ".join(shown) + more or "nothing"
                    yield line(6, Span(f"{word:6} ", "faint"), text)
    if not view.verbose and len(told) > _LISTED:
        yield line(2, Span(f"... and {len(told) - _LISTED} more; --verbose names all", "faint"))


def _coverage(report: Report, view: View) -> Iterator[Line]:
    coverage = report.coverage
    yield line(0, Span("COVERAGE", "strong"))
    counts = Counter(artifact.status for artifact in report.artifacts)
    states = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    members = f" with {amount(coverage.members, 'member')}" if coverage.members else ""
    yield line(2, f"{amount(coverage.files, 'file')}{members}", f"; {states}" if states else "")
    inflated = f", {size(coverage.bytes_inflated)} inflated" if coverage.bytes_inflated else ""
    read = f"{size(coverage.bytes_total)} in files, {size(coverage.bytes_read)} read{inflated}"
    yield line(2, read)
    for reason, number in sorted(coverage.skipped.items()):
        yield line(2, f"not read: {reason}, {size(number)}")
    unread = [artifact for artifact in report.artifacts if artifact.status != "scanned"]
    shown = report.artifacts if view.verbose else unread[:_LISTED]
    for artifact in shown:
        yield _artifact(artifact)
    if not view.verbose and len(shown) < len(unread):
        rest = f"... and {len(unread) - len(shown)} more; --verbose names all"
        yield line(2, Span(rest, "faint"))


def _artifact(artifact: Artifact) -> Line:
    style = "bad" if artifact.status in ("partial", "failed") else "faint"
    about = artifact.reason or f"{artifact.format or 'no known format'}, {size(artifact.size)}"
    digest = f"  sha256 {artifact.sha256}" if artifact.sha256 and not artifact.reason else ""
    status = Span(f"{artifact.status:8} ", "bad" if style == "bad" else "faint")
    return line(2, status, artifact.path, Span(f"  {about}{digest}", "faint"))


def _errors(report: Report) -> Iterator[Line]:
    if report.errors:
        yield line(0)
        yield line(0, Span("ERRORS", "bad"))
    for problem in report.errors:
        yield line(2, Span(problem.artifact, "strong"), f"  {problem.message}")
        if problem.advice:
            yield line(4, problem.advice)
