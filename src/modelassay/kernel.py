"""The kernel: takes what is to be scanned, has it read, settles the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from modelassay.core.errors import Error
from modelassay.core.facts import Fact
from modelassay.core.findings import Finding, Severity
from modelassay.core.nesting import escape
from modelassay.core.outcome import Kept, Outcome
from modelassay.core.report import Artifact, Coverage, Report, Verdict
from modelassay.formats.byhand import steps
from modelassay.io.blob import Blob, LocalFile
from modelassay.io.budget import Budget
from modelassay.joining import Seen, join, join_each
from modelassay.keeping import Shelf
from modelassay.reading import NO_FORMAT, Options, Reading, Scan, bears_model_suffix

if TYPE_CHECKING:
    from modelassay.ledger import Ledger

__all__ = ["Item", "Options", "Scanner"]


class Item(msgspec.Struct, frozen=True):
    """Something to scan: the path as the user knows it, and how to open it.

    `open` raises `SourceError` if it cannot be opened. `below` tells that it was found below a
    folder, all of which is scanned, so that its neighbours are known.
    """

    path: str
    open: Callable[[], Blob]
    below: bool = False

    @property
    def artifact(self) -> str:
        """The path of its artifact: where a `!` is a member, one in a name is another."""
        return escape(self.path)


class Scanner(Scan):
    """One scan: takes items one after another, gives the report at any time.

    What was read of an item is an `Outcome`, wherever it was read, and the report is made of
    outcomes alone: so it is the same wherever that was.
    """

    def __init__(
        self,
        targets: Iterable[str],
        options: Options | None = None,
        observe: Callable[[Artifact, list[Fact]], None] | None = None,
    ) -> None:
        super().__init__(targets, options, observe)
        self._seen: list[Seen] = []
        self._room = Shelf()
        self._claimed: dict[str, int] = {}
        self.ledger: Ledger | None = None  # where there are too many files for memory

    def scan(self, item: Item) -> None:
        """Scan one item. Never raises for what is in it."""
        self.add(self.read(item), item)

    def read(self, item: Item) -> Outcome:
        """Read one item. Never raises for what is in it."""
        whole, self.report = self.report, Report(self.report.tool, [], coverage=Coverage(files=1))
        self.weights = {}
        try:
            return self._read(item)
        finally:
            self.report = whole

    def _read(self, item: Item) -> Outcome:
        report, coverage = self.report, self.report.coverage
        kept: list[Kept] = []
        try:
            blob = item.open()
        except Error as error:
            report.artifacts.append(Artifact(item.artifact, None, "failed", 0, reason=str(error)))
            self.problem(item.artifact, error)
        else:
            budget = Budget(self.options.limits)
            try:
                reading = Reading(self, budget, item.artifact, blob)
                reading.run()
                if item.below:
                    self.shelf.see(reading.artifact, reading.facts)
                kept = self.shelf.take()
            finally:
                coverage.bytes_total += blob.size
                coverage.bytes_inflated += budget.inflated
                if isinstance(blob, LocalFile):
                    coverage.bytes_read += blob.bytes_read
                    blob.close()
        return Outcome(
            item.artifact,
            report.artifacts,
            report.findings,
            report.errors,
            coverage,
            self.weights,
            kept,
        )

    def add(self, outcome: Outcome, item: Item) -> None:
        """Take what was read of an item."""
        report = self.report
        report.artifacts += outcome.artifacts
        report.findings += outcome.findings
        report.errors += outcome.errors
        report.coverage.add(outcome.coverage)
        for path, size in outcome.weights.items():
            self._claimed[path] = max(size, self._claimed.get(path, 0))
        for kept in map(self._room.admit, outcome.kept):
            if self.ledger is not None:
                self.ledger.add(kept)
            else:
                self._seen.append(Seen.of(kept, item.open))

    def finish(self) -> Report:
        """Return the report with its verdict."""
        report = self.report
        for artifact in report.artifacts:
            self._settle_weights(artifact)
        seen, self._seen = self._seen, []
        if self.ledger is not None:
            join_each(self, self.ledger)
        else:
            join(self, seen)
        report.verdict = verdict_of(report.worst())
        report.complete = not any(self.open(artifact) for artifact in report.artifacts)
        report.findings = self.arranged(report.findings, report.artifacts)
        return report

    def arranged(self, findings: list[Finding], artifacts: list[Artifact]) -> list[Finding]:
        """Return findings, the worst first, each with how to see it by hand in `artifacts`."""
        known = {artifact.path: artifact.format for artifact in artifacts}
        told = (
            msgspec.structs.replace(
                finding, verify=steps(finding.artifact, known.get, finding.location.offset)
            )
            for finding in findings
        )
        return sorted(told, key=lambda f: (-f.severity.rank, f.artifact, f.rule, f.message))

    def _settle_weights(self, artifact: Artifact) -> None:
        """Take raw bytes for what a file beside them says, if it accounts for all of them."""
        unread = artifact.status == "unknown" and artifact.reason == NO_FORMAT
        if unread and artifact.size <= self._claimed.get(artifact.path, -1):
            artifact.format, artifact.status, artifact.reason = "weights", "scanned", None

    def open(self, artifact: Artifact) -> bool:
        """Whether `artifact` keeps the report from being complete."""
        if artifact.status == "unknown":
            return self.options.strict or bears_model_suffix(artifact.path)
        return artifact.status != "scanned"


def verdict_of(worst: Severity | None) -> Verdict:
    """Return the verdict where `worst` is the highest severity of all findings."""
    rank = worst.rank if worst else 0
    if rank >= Severity.HIGH.rank:
        return "malicious"
    return "suspicious" if rank >= Severity.MEDIUM.rank else "clean"
