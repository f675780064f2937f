"""Storages that are not what the pickle of their file claims.

What
----
The pickle of a PyTorch file names the storages of its tensors with their number of elements. One
of them has another size in the file, is not there at all, or the file holds storages, or bytes
behind them, that no tensor claims. Of a file from before PyTorch 1.6 the parts around its pickles
are held against what they have to be, too.

Why
---
A loader that takes the number from the pickle and the bytes from the file has a tensor that is
larger than its memory. PyTorch before 2.10 did so with `weights_only=True` as well. Bytes that
nobody claims are a place to hide something in.

Remediation
-----------
Do not load a file whose storages have another size than claimed. Ask for it anew if storages are
missing: it may have been cut short or put together by hand.

References
----------
- https://github.com/pytorch/pytorch/security/advisories/GHSA-63cw-57p8-fm3p
- https://cwe.mitre.org/data/definitions/130.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="storage-mismatch",
    title="Storages that are not what the pickle of their file claims",
    severity=Severity.HIGH,
    remediation="Do not load the file. Ask for it anew, or save it again with a current PyTorch.",
    fires=(
        'anomaly storage-size "storage \'0\' is claimed with 400 bytes, it has 4" "0" 400 @op 9',
        'anomaly storage-missing "storage \'7\' of 16 bytes is not in the file" "7" 16 @op 9',
        'anomaly storage-unclaimed "1 records are the storage of no tensor" "a/data/9"',
        'anomaly legacy-header "pickle 1 is no magic number" @19',
    ),
    silent=(
        'lookup persid(("storage", torch.FloatStorage, "0", "cpu", 4)) @op 9',
        'anomaly frame-length "a frame claims 9 bytes, 2 follow"',
    ),
    cwe=130,
    atlas="AML.T0011.000",
    cve=("CVE-2026-24747",),
)

_SEVERITIES: Final = {
    "storage-size": Severity.HIGH,
    "storage-missing": Severity.MEDIUM,
    "legacy-header": Severity.MEDIUM,
    "storage-unclaimed": Severity.LOW,
    "legacy-trailing-bytes": Severity.LOW,
}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such storage."""
    for fact in subject.anomalies(*_SEVERITIES):
        yield Match(fact.message, (fact,), severity=_SEVERITIES[fact.kind])
