"""A harmless callable with arguments no honest file passes.

What
----
The file calls something honest files call too, but not with arguments of the kind they pass: a
codec that is no text encoding, a class where an array belongs, a size that cannot be.

Why
---
Many callables that rebuild data do more when they are given something else. Arguments that fit no
honest use are there for that.

Remediation
-----------
Do not load the file before somebody has read what the callable does with these arguments.

References
----------
- https://docs.python.org/3/library/pickle.html#object.__reduce__
- https://cwe.mitre.org/data/definitions/20.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import judge

RULE = Rule(
    id="hostile-argument",
    title="A harmless callable with arguments no honest file passes",
    severity=Severity.HIGH,
    remediation=(
        "Do not load the file before somebody has read what the callable does with these arguments."
    ),
    fires=('call torch.Size("abc") @op 4',),
    silent=("call torch.Size((2, 3)) @op 4",),
    confidence="medium",
    cwe=20,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every callable whose conditions do not hold."""
    for verdict in judge(subject):
        if verdict.rule == RULE.id:
            message = f"loading calls {verdict.use.call()}, as honest files do not"
            yield Match(message, verdict.use.evidence())
