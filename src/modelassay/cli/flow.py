"""A report written while files are read: JSON Lines, of any number of files."""

from __future__ import annotations

from collections.abc import Iterable

from modelassay.cli.exits import Exit
from modelassay.cli.gate import Gate
from modelassay.cli.outputs import flow
from modelassay.core.report import Report
from modelassay.reports import jsonl


def write(parts: Iterable[Report], gate: Gate, path: str) -> Exit:
    """Write the parts of a report to `path` as they come; return the exit code of the scan."""
    passed, known, trouble = True, False, False
    with flow(path) as out:
        for part in parts:
            passed = gate.decide(part).passed and passed
            known = known or any(one.status != "unknown" for one in part.artifacts)
            trouble = trouble or bool(part.errors)
            last = part
            out(b"".join(jsonl.lines(part)))
        out(jsonl.last(last))
    if not passed:
        return Exit.FOUND
    if trouble or not last.complete:
        return Exit.ERROR
    return Exit.CLEAR if known else Exit.NOTHING
