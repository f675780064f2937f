"""Bytes that were cut short or changed: whatever comes, nothing breaks, and a cut is told."""

from __future__ import annotations

import random
from collections.abc import Collection

from tests.helpers.scanning import scan_bytes


def cuts_are_told(data: bytes, format: str, step: int = 1, whole: Collection[int] = ()) -> None:
    """Cut `data` at every offset; nothing that is still of `format` passes as clean and whole.

    At the lengths in `whole` it is a file of its own.
    """
    for length in range(1, len(data), step):
        if length in whole:
            continue
        report = scan_bytes(data[:length])
        assert not report.errors, (length, report.errors)
        told = bool(report.findings) or not report.complete
        assert told or all(one.format != format for one in report.artifacts), length


def changes_are_stood(data: bytes, count: int = 300, seed: int = 0) -> None:
    """Change, drop and put in a few bytes at places of a fixed sequence; nothing is a defect."""
    rolled = random.Random(seed)
    for _ in range(count):
        place, dropped = rolled.randrange(len(data)), rolled.randrange(5)
        patch = rolled.randbytes(rolled.randrange(9))
        report = scan_bytes(data[:place] + patch + data[place + dropped :])
        assert not any("defect" in problem.advice for problem in report.errors), place
