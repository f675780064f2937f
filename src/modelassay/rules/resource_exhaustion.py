"""A stream that makes its loader take memory or time without bound.

What
----
The stream claims a constant far longer than the file, uses a memo index far beyond what it
stored, or nests objects so deep that a loader runs out of stack when it frees or compares them.

Why
---
A few bytes can make a loader allocate gigabytes, hang or crash. Nothing honest is written like
this.

Remediation
-----------
Do not load the file. If it was cut short on its way, fetch it again.

References
----------
- https://cwe.mitre.org/data/definitions/400.html
- https://cwe.mitre.org/data/definitions/674.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Anomaly
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

#: A cut file claims what its payloads are long; past this a loader's allocation is an attack.
_HUGE = 1 << 30

RULE = Rule(
    id="resource-exhaustion",
    title="A stream that makes its loader take memory or time without bound",
    severity=Severity.HIGH,
    remediation="Do not load the file. If it was cut short on its way, fetch it again.",
    fires=(
        'anomaly claimed-length "a constant claims 2147483647 bytes where 20 are left" 2147483647',
        'anomaly deep-nesting "objects are nested 200000 levels deep" 200000',
        'anomaly memo-index "the memo index 2147483647 is far" @op 3',
    ),
    silent=('anomaly claimed-length "a constant claims 4096 bytes where 20 are left" 4096',),
    cwe=400,
    atlas="AML.T0029",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such anomaly."""
    for fact in subject.of(Anomaly):
        if fact.kind in ("deep-nesting", "memo-index", "alias-bomb") or _claims_much(fact):
            yield Match(fact.message, (fact,))


def _claims_much(fact: Anomaly) -> bool:
    if fact.kind != "claimed-length" or not fact.values:
        return False
    claimed = fact.values[0]
    return isinstance(claimed, Const) and isinstance(claimed.value, int) and claimed.value >= _HUGE
