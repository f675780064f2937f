"""A pickle stream that a loader would not finish.

What
----
The stream breaks off, holds a byte that is no opcode, takes from an empty stack, announces a
protocol or a frame that cannot be, or is followed by other bytes.

Why
---
A pickle runs as it is read: what stands before the damage has already run when the loader gives
up. Broken streams are a known way to make scanners give up first. This finding is only about the
damage; what was read before and behind it is judged by the other rules.

Remediation
-----------
Fetch the file again and compare its hash. If it is broken at its source too, ask why.

References
----------
- https://docs.python.org/3/library/pickletools.html
- https://cwe.mitre.org/data/definitions/1286.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="broken-pickle",
    title="A pickle stream that a loader would not finish",
    severity=Severity.LOW,
    remediation="Fetch the file again and compare its hash.",
    fires=(
        'anomaly broken-stream "the stream ends without a STOP" @op 4',
        'anomaly protocol "there is no protocol 6" @op 0',
    ),
    silent=("new collections.OrderedDict()",),
    cwe=1286,
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such anomaly."""
    for fact in subject.anomalies("broken-stream", "protocol", "frame-length"):
        yield Match(fact.message, (fact,))
