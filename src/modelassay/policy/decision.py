"""Whether a report passes: every finding and artifact held against the policy and the waivers.

A waiver or an exception never takes a finding out of the report; it only takes it out of the gate.
"""

from __future__ import annotations

import datetime
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from modelassay.core.findings import Finding, Severity
from modelassay.core.report import Artifact, Report
from modelassay.formats import BY_ID
from modelassay.policy.types import Policy, Waiver, Waivers

#: What a scan needs to know to go on, and holds no model by itself.
_PLAIN = frozenset(entry.id for entry in BY_ID.values() if entry.inert)


class Failure(msgspec.Struct, frozen=True):
    """A reason not to let it pass: a finding, or a format that is not wanted."""

    artifact: str
    message: str
    because: str
    finding: Finding | None = None


class Waived(msgspec.Struct, frozen=True):
    """A finding that would have failed, and the waiver by which it does not."""

    finding: Finding
    waiver: Waiver


class Decision(msgspec.Struct, frozen=True):
    """What the policy says of a report.

    `unused` are waivers that fit no finding, `expired` those that would, had they not run out.
    """

    failures: tuple[Failure, ...] = ()
    waived: tuple[Waived, ...] = ()
    unused: tuple[Waiver, ...] = ()
    expired: tuple[Waiver, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing fails. What could not be read is told by the report's `complete`."""
        return not self.failures


def decide(
    report: Report,
    policy: Policy | None = None,
    waivers: Waivers | None = None,
    today: datetime.date | None = None,
) -> Decision:
    """Hold `report` against `policy`, and what fails against `waivers` as of `today`.

    Nothing is read and nothing is written; without `today` no waiver expires.
    """
    policy = policy or Policy()
    book = _Book(waivers or Waivers(), today)
    formats = {artifact.path: artifact.format for artifact in report.artifacts}
    failures = [*_formats(report, policy)]
    for finding in report.findings:
        threshold, because = _threshold(finding, formats.get(finding.artifact), policy)
        if threshold == "never" or finding.severity.rank < Severity(threshold).rank:
            continue
        ended = book.covers(finding)
        if ended != "valid":
            late = "; its waiver has expired" if ended == "expired" else ""
            failures.append(Failure(finding.artifact, finding.message, because + late, finding))
    return Decision(tuple(failures), tuple(book.waived), book.unused(), tuple(book.expired))


class _Book:
    """The waivers, and what became of each."""

    def __init__(self, waivers: Waivers, today: datetime.date | None) -> None:
        self.by_key = {(one.fingerprint, one.rule): one for one in waivers.waivers}
        self.today = today
        self.met: set[tuple[str, str]] = set()
        self.waived: list[Waived] = []
        self.expired: list[Waiver] = []

    def covers(self, finding: Finding) -> Literal["valid", "expired", ""]:
        key = (finding.fingerprint, finding.rule)
        waiver = self.by_key.get(key)
        if waiver is None or _worse(finding, waiver):
            return ""
        first = key not in self.met
        self.met.add(key)
        if waiver.expires is not None and self.today is not None and self.today > waiver.expires:
            if first:
                self.expired.append(waiver)
            return "expired"
        self.waived.append(Waived(finding, waiver))
        return "valid"

    def unused(self) -> tuple[Waiver, ...]:
        return tuple(one for key, one in self.by_key.items() if key not in self.met)


def _worse(finding: Finding, waiver: Waiver) -> bool:
    """Whether the finding is more than what was looked at when it was waived."""
    return waiver.severity is not None and finding.severity.rank > waiver.severity.rank


def _threshold(finding: Finding, format: str | None, policy: Policy) -> tuple[str, str]:
    """Return the threshold that holds for a finding, and where it comes from."""
    threshold, because = policy.fail_on, f"fails on {policy.fail_on}"
    for one in policy.exceptions:
        fits = (
            fnmatchcase(finding.rule, one.rule)
            and fnmatchcase(format or "unknown", one.format)
            and fnmatchcase(finding.artifact, one.path)
        )
        if fits:
            threshold = one.fail_on
            because = f"an exception fails on {threshold}" + (f": {one.reason}" * bool(one.reason))
    return threshold, because


def _formats(report: Report, policy: Policy) -> list[Failure]:
    wanted = policy.formats
    return [
        Failure(artifact.path, f"a file of format {artifact.format or 'unknown'}", because)
        for artifact in report.artifacts
        if (because := _unwanted(artifact, wanted.allow, wanted.deny))
    ]


def _unwanted(artifact: Artifact, allow: tuple[str, ...] | None, deny: tuple[str, ...]) -> str:
    """Say why an artifact's format is not wanted, or nothing."""
    known = artifact.format or "unknown"
    if any(fnmatchcase(known, pattern) for pattern in deny):
        return "the policy denies the format"
    if allow is None or known in _PLAIN:
        return ""
    return "" if any(fnmatchcase(known, one) for one in allow) else "the policy does not allow it"
