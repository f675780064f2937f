"""A scan told while it goes on: what was said is forgotten, however many files there are.

A repository is read when all its files were, so its findings come last. So do files of no known
format, since another file may account for them until the end, and files that are judged anew if the
repository says something of them.
"""

from __future__ import annotations

from modelassay.core.findings import Finding, Severity
from modelassay.core.outcome import Outcome
from modelassay.core.report import Artifact, Report
from modelassay.kernel import Item, Scanner, verdict_of
from modelassay.ledger import Ledger
from modelassay.reading import NO_FORMAT
from modelassay.repositories import REJUDGED


class Stream:
    """What becomes of the report of `scanner` when it is told in parts.

    The parts are reports of some artifacts and findings each, the last one of all: its verdict,
    whether it is complete and its coverage are those of the whole scan.
    """

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        scanner.ledger = Ledger()
        self._worst: Severity | None = None
        self._whole = True
        self._later: list[Artifact] = []
        self._open: list[Finding] = []
        self._templates: list[Artifact] = []  # told, and asked for by repositories

    def take(self, outcome: Outcome, item: Item) -> Report:
        """Take what was read of an item, and return what can be told of it now."""
        report = self._scanner.report
        self._scanner.add(outcome, item)
        part = Report(report.tool, report.target, errors=report.errors)
        later = {one.path for one in report.artifacts if _unsettled(one)}
        told = [one for one in report.findings if one.artifact not in later]
        part.findings = self._scanner.arranged(told, report.artifacts)
        part.artifacts = [one for one in report.artifacts if one.path not in later]
        self._later += (one for one in report.artifacts if one.path in later)
        self._open += (one for one in report.findings if one.artifact in later)
        self._templates += (one for one in part.artifacts if one.format == "chat-template")
        report.artifacts, report.findings, report.errors = [], [], []
        self._note(part)
        return part

    def finish(self) -> Report:
        """Return what is left to tell."""
        self._scanner.report.artifacts = [*self._templates, *self._later]
        self._scanner.report.findings = self._open
        report = self._scanner.finish()
        del report.artifacts[: len(self._templates)]
        self._note(report)
        report.verdict = verdict_of(self._worst)
        report.complete = self._whole
        return report

    def _note(self, part: Report) -> None:
        worst = part.worst()
        if worst and (self._worst is None or worst.rank > self._worst.rank):
            self._worst = worst
        if any(self._scanner.open(artifact) for artifact in part.artifacts):
            self._whole = False


def _unsettled(artifact: Artifact) -> bool:
    unknown = artifact.status == "unknown" and artifact.reason == NO_FORMAT
    return unknown or artifact.format in REJUDGED
