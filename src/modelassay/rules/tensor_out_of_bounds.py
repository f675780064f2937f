"""A tensor that reaches outside of its storage.

What
----
A PyTorch file lays a tensor over a storage with an offset, a size or a stride that lead past the
end of the storage, or that are negative.

Why
---
A loader that believes these numbers gives the program a tensor over memory that is not its own:
what lies there is read as weights, or overwritten when the tensor is written to. PyTorch before
2.10 took such files with `weights_only=True` as well. No version of PyTorch writes one.

Remediation
-----------
Do not load the file. If it is your own, save it again with a current PyTorch.

References
----------
- https://github.com/pytorch/pytorch/security/advisories/GHSA-63cw-57p8-fm3p
- https://cwe.mitre.org/data/definitions/125.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="tensor-out-of-bounds",
    title="A tensor that reaches outside of its storage",
    severity=Severity.HIGH,
    remediation="Do not load the file. If it is your own, save it again with a current PyTorch.",
    fires=(
        'anomaly tensor-out-of-bounds "a tensor of size (9,) reaches element 9 of storage '
        '\'0\', which has 4" "0" 4 @op 20',
        'anomaly tensor-out-of-bounds "a tensor has offset -1, size (2,), stride (1,)" @op 20',
    ),
    silent=(
        'tensor "" float [4, 1, 3, 3]',
        'anomaly storage-unclaimed "2 records are the storage of no tensor"',
    ),
    cwe=125,
    atlas="AML.T0011.000",
    cve=("CVE-2026-24747",),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such tensor."""
    for fact in subject.anomalies("tensor-out-of-bounds"):
        yield Match(fact.message, (fact,))
