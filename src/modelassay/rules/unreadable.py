"""A file whose reading ended with an error.

What
----
The file vanished, was cut short or changed while it was read, or its reader failed on it.

Why
---
What stands behind the error was not read, so the file is not clean. Files are also broken on
purpose, to make scanners fail and loaders not.

Remediation
-----------
Scan the file again; if it fails again, fetch it anew. A failure of the reader is worth a report.

References
----------
- https://cwe.mitre.org/data/definitions/755.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="unreadable",
    title="A file whose reading ended with an error",
    severity=Severity.LOW,
    remediation="Scan the file again; if it fails again, fetch it anew.",
    fires=('anomaly unreadable "the file ended before its size" @4096',),
    silent=('anomaly broken-stream "the stream ends without a STOP"',),
    fires_at="never",
    cwe=755,
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each error."""
    for fact in subject.anomalies("unreadable"):
        yield Match(f"not all was read: {getattr(fact, 'message', '')}", (fact,))
