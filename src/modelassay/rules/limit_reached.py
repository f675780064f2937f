"""A limit of the scan was reached, and what is beyond it was not read.

What
----
The file takes more time, memory, members or levels of nesting than a scan gives to one file.

Why
---
What was not read is not known, so the file is not clean, only unread in part. Archives nested
more than ten deep are made to exhaust readers; large honest files reach the other limits.

Remediation
-----------
If you trust the file this far, scan it with higher limits, or unpack it and scan its parts.

References
----------
- https://cwe.mitre.org/data/definitions/400.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Limit
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="limit-reached",
    title="A limit of the scan was reached",
    severity=Severity.MEDIUM,
    remediation="Scan it with higher limits, or unpack it and scan its parts.",
    fires=(
        'limit depth "nested more than 12 levels deep"',
        'limit seconds "reading took more than 900 s"',
    ),
    silent=('limit ratio "2000 compressed bytes inflate to more than 536870912 bytes"',),
    fires_at="never",
    cwe=400,
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each limit but that of growth, which has a rule of its own."""
    for limit in subject.of(Limit):
        if limit.name != "ratio":
            severity = Severity.MEDIUM if limit.name == "depth" else Severity.LOW
            yield Match(f"not all was read: {limit.message}", (limit,), severity=severity)
