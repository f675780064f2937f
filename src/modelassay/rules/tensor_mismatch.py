"""A tensor that is not what it claims.

What
----
The shape and type of a tensor need more or fewer bytes than it has, its shape has negative or
overflowing sides, its type is unknown, or its elements lie in two places at once.

Why
---
A loader that takes the size from the shape and the bytes from the file reads or writes beyond
them. Which of two sets of elements counts depends on the loader, so one can be shown to a scanner
and the other to the user.

Remediation
-----------
Do not load the file. If it was cut short on its way, fetch it again.

References
----------
- https://onnx.ai/onnx/repo-docs/IR.html
- https://cwe.mitre.org/data/definitions/130.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="tensor-mismatch",
    title="A tensor that is not what it claims",
    severity=Severity.MEDIUM,
    remediation="Do not load the file. If it was cut short on its way, fetch it again.",
    fires=(
        "anomaly tensor-size \"tensor 'w' of shape [9] and float32 has 4 bytes\" 36 4 @main/0",
        "anomaly tensor-shape \"tensor 'w' has the shape [-1]\" @main/0",
        "anomaly tensor-type \"tensor 'w' has an element type that is not known: 99\" @main/0",
        "anomaly tensor-twice \"tensor 'w' has elements both here and outside\" 4 @main/0",
    ),
    silent=('tensor "w" float32 [9] @main/0',),
    cwe=130,
    atlas="AML.T0011.000",
)

_KINDS = ("tensor-size", "tensor-shape", "tensor-type", "tensor-twice")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such tensor."""
    for fact in subject.anomalies(*_KINDS):
        yield Match(fact.message, (fact,))
