"""Something in front of an HDF5 file.

What
----
Bytes stand in front of the superblock, where the format leaves room for whatever its user likes.

Why
---
MATLAB writes a line of text there. A program or script there makes one file that the system runs
and h5py reads; which of the two it is depends on who opens it.

Remediation
-----------
Have the file written anew (`h5jam -u` takes the block off), and find out who put it there.

References
----------
- https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t4.html
- https://cwe.mitre.org/data/definitions/436.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="hdf5-user-block",
    title="Something in front of an HDF5 file",
    severity=Severity.HIGH,
    remediation=("Find out what stands there and why; have the file written without it."),
    fires=(
        'anomaly hdf5-user-block "512 bytes: elf" "elf" 512 @0',
        'anomaly hdf5-user-block "512 bytes: bytes" "bytes" 512 @0',
    ),
    silent=('anomaly hdf5-user-block "512 bytes: empty" "empty" 512 @0',),
    cwe=436,
    atlas="AML.T0010.003",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match by what stands there."""
    for fact in subject.anomalies("hdf5-user-block"):
        kind = fact.values[0] if fact.values else Const("bytes")
        if kind in (Const("bytes"), Const("text")):
            severity = Severity.MEDIUM if kind == Const("bytes") else Severity.INFO
            yield Match(fact.message, (fact,), severity=severity)
        elif kind != Const("empty"):
            yield Match(fact.message, (fact,))
