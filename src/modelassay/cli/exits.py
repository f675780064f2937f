"""Exit codes: what a script learns from a scan."""

from __future__ import annotations

import enum

from modelassay.core.report import Report
from modelassay.policy.decision import Decision


class Exit(enum.IntEnum):
    """What an exit code says. Where several hold, 4 goes before 1, 1 before 2, 2 before 3."""

    CLEAR = 0
    FOUND = 1
    ERROR = 2
    NOTHING = 3
    USAGE = 4
    INTERRUPTED = 130  # what shells give for SIGINT


def exit_code(report: Report, decision: Decision) -> Exit:
    """Return the exit code of a scan that ended."""
    return read_code(report) if decision.passed else Exit.FOUND


def read_code(report: Report) -> Exit:
    """Return the exit code that says whether everything could be read."""
    if report.errors or not report.complete:
        return Exit.ERROR
    if all(artifact.status == "unknown" for artifact in report.artifacts):
        return Exit.NOTHING
    return Exit.CLEAR
