"""A model whose structure does not hold.

What
----
Lengths, counts or references in the file lead beyond its end or to nothing, or numbers that have to
agree do not.

Why
---
A file that was cut short looks like this, and so does one that was made to lead a loader in native
code beyond its memory. What stands behind the place was not read.

Remediation
-----------
Fetch the file anew. If it stays as it is, do not load it.

References
----------
- https://cwe.mitre.org/data/definitions/1284.html
- https://cwe.mitre.org/data/definitions/125.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="model-structure",
    title="A model whose structure does not hold",
    severity=Severity.MEDIUM,
    remediation="Fetch the file anew. If it stays as it is, do not load it.",
    fires=('anomaly model-structure "the value ends in the middle" @20',),
    silent=('anomaly npy-version "there is no format version 9" @0',),
    cwe=1284,
    atlas="AML.T0011.000",
)

_KINDS: Final = ("model-structure",)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each place."""
    for fact in subject.anomalies(*_KINDS):
        yield Match(fact.message, (fact,))
