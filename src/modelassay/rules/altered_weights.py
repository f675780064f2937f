"""Weights whose bits are not those that training leaves.

What
----
With `--deep`. The low bits of a tensor are all zero but for one run, or but for the lowest few, as
if something had been written over values that were widened from a shorter type; those of one tensor
are in use where those of all its large siblings are zero; or the leading bytes of a long run of
values are all the same but for the sign, while the rest is even noise.

Why
---
Tools that hide files in weights leave such traces even where the file is encrypted and nothing can
be verified: some keep the leading byte at one value and write three bytes of payload behind it.
Merging, pruning or quantizing a part of a model can leave similar ones, so this is a hint.

Remediation
-----------
Compare the tensor with that of the model it is said to derive from. Zeroing the low bits, or
saving the weights in a shorter type, destroys what is hidden in them.

References
----------
- https://arxiv.org/abs/2107.08590
- https://arxiv.org/abs/2310.01969
- https://arxiv.org/abs/2403.03593
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="altered-weights",
    title="Weights whose bits are not those that training leaves",
    severity=Severity.MEDIUM,
    remediation="Compare the tensor with that of the model it derives from.",
    fires=(
        'anomaly weights-constant-byte "4096 values of 3c or bc" 4096 @1024',
        'anomaly weights-low-bits "the low 16 bits are zero but for 512 of 4096" 512 4096 @1024',
        'anomaly weights-sibling "the low bits are in use, those of 40 others are zero" 40 @1024',
    ),
    silent=('anomaly tensor-size "a tensor needs 8 bytes and has 4" @1024',),
    fires_at="never",
    confidence="low",
    cwe=506,
    atlas="AML.T0018.002",
    owasp="ML10:2023",
)

_SEVERITIES: Final = {
    "weights-constant-byte": Severity.MEDIUM,
    "weights-low-bits": Severity.LOW,
    "weights-sibling": Severity.LOW,
}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each trace."""
    for fact in subject.anomalies(*_SEVERITIES):
        yield Match(fact.message, (fact,), _SEVERITIES[fact.kind])
