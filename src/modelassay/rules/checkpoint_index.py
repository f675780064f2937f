"""An index of a checkpoint that is not well formed.

What
----
The index of a TensorFlow checkpoint is a table of blocks. One of them reaches beyond the file, is
written in a way TensorFlow does not write, or an entry of it has sizes that cannot be.

Why
---
A loader that takes offsets and sizes from such an entry reads beyond the checkpoint or takes more
memory than there is.

Remediation
-----------
Fetch the checkpoint again. If it is still broken, do not load it.

References
----------
- https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto
- https://cwe.mitre.org/data/definitions/130.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="checkpoint-index",
    title="An index of a checkpoint that is not well formed",
    severity=Severity.MEDIUM,
    remediation="Fetch the checkpoint again. If it is still broken, do not load it.",
    fires=('anomaly checkpoint-index "an entry reaches beyond its block" @12',),
    silent=('tensor "w" float32 [9] @12',),
    cwe=130,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every fault."""
    for fact in subject.anomalies("checkpoint-index"):
        yield Match(fact.message, (fact,))
