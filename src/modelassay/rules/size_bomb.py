"""Data that claims far more memory than the file holds.

What
----
A dataset or tensor claims hundreds of times the bytes that the file has for it.

Why
---
A loader allocates what is claimed before it reads: a file of a few kilobytes makes it run out of
memory.

Remediation
-----------
Do not load the file without a limit on memory.

References
----------
- https://nvd.nist.gov/vuln/detail/CVE-2026-0897
- https://cwe.mitre.org/data/definitions/770.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

_LARGE = 1 << 30

RULE = Rule(
    id="size-bomb",
    title="Data that claims far more memory than the file holds",
    severity=Severity.HIGH,
    remediation=("Do not load the file without a limit on memory."),
    fires=(
        'anomaly hdf5-claimed-size "/w claims 4000000000000 bytes" 4000000000000 0',
        'anomaly hdf5-claimed-size "/w claims 100000000 bytes" 100000000 0',
    ),
    silent=('tensor "w" <f4 [2, 2]',),
    cwe=770,
    atlas="AML.T0029",
    cve=("CVE-2026-0897",),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each."""
    for fact in subject.anomalies("hdf5-claimed-size"):
        match fact.values:
            case (Const(int(claimed)), *_) if claimed < _LARGE:
                yield Match(fact.message, (fact,), severity=Severity.MEDIUM)
            case _:
                yield Match(fact.message, (fact,))
