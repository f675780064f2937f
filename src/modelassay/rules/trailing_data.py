"""Bytes behind the last tensor.

What
----
The file goes on where its header says that the tensors end.

Why
---
Weights need nothing there, and loaders do not look. It is where a second file is put: an archive, a
pickle or a program that another loader of the same bytes takes. What stands there was scanned. The
safetensors format forbids such bytes, for this very reason.

Remediation
-----------
Find out what the bytes are. Written anew by an ordinary tool, the file has none.

References
----------
- https://github.com/huggingface/safetensors#format
- https://cwe.mitre.org/data/definitions/436.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="trailing-data",
    title="Bytes behind the last tensor",
    severity=Severity.HIGH,
    remediation="Find out what the bytes are, or have the file written anew.",
    fires=('anomaly trailing-bytes "47 bytes stand behind the last tensor" 47 @86',),
    silent=('anomaly safetensors-hole "no tensor covers the bytes 0 to 8 of the data" @62',),
    cwe=436,
    atlas="AML.T0010.003",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each place; less where the format allows what loaders ignore."""
    severity = Severity.HIGH if subject.format == "safetensors" else Severity.MEDIUM
    for fact in subject.anomalies("trailing-bytes"):
        yield Match(fact.message, (fact,), severity)
