"""A message that is not well formed.

What
----
A file of protobuf messages, such as an ONNX or TensorFlow model, has a number longer than can be,
a field that reaches beyond its message, or a field that no schema knows.

Why
---
Strict readers refuse such a file and lenient ones take a part of it, so that a scanner and a
loader may see two models. Fields that no schema knows are passed over by every loader, and are a
place to hide something in.

Remediation
-----------
Fetch the file again. If it is still broken, do not load it.

References
----------
- https://protobuf.dev/programming-guides/encoding/
- https://cwe.mitre.org/data/definitions/1286.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="protobuf-structure",
    title="A message that is not well formed",
    severity=Severity.MEDIUM,
    remediation="Fetch the file again. If it is still broken, do not load it.",
    fires=(
        'anomaly protobuf-structure "a varint of more than 10 bytes in field 1" @0',
        'anomaly protobuf-unknown-field "no schema knows the field 99 of 4 bytes" 99 4 @0',
    ),
    silent=('metadata "producer_name" = "pytorch" @2',),
    cwe=1286,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every fault; a field that is only unknown is a small matter."""
    for fact in subject.anomalies("protobuf-structure"):
        yield Match(fact.message, (fact,))
    for fact in subject.anomalies("protobuf-unknown-field"):
        yield Match(fact.message, (fact,), severity=Severity.LOW)
