"""A small file that becomes a huge one when it is unpacked.

What
----
A compressed stream grows far beyond what data of its kind does, layers of compression multiply
one another, many members of an archive share the same compressed bytes, archives in archives come
to far more than the file or hold themselves, or a sparse member claims to be far larger than what
is stored of it.

Why
---
Whoever unpacks it runs out of memory or disk. One layer of zeros shrinks a thousandfold and may
be an honest array of zeros, so for plain streams and NumPy archives that alone is not reported; a
framework that stores its tensors uncompressed has no such members, and nobody compresses twice.

Remediation
-----------
Do not unpack or load it without a limit on memory and disk.

References
----------
- https://cwe.mitre.org/data/definitions/409.html
- https://www.usenix.org/conference/woot19/presentation/fifield
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Limit
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="decompression-bomb",
    title="A small file that becomes a huge one when it is unpacked",
    severity=Severity.HIGH,
    remediation="Do not unpack or load it without a limit on memory and disk.",
    fires=(
        'anomaly zip-overlap "members share bytes" 250 4000000000 42000',
        'anomaly compression-ratio "a stream becomes" 100000 100000000 1000000',
        'anomaly sparse-size "a sparse member" 512 1099511627776',
        'anomaly archive-holds-itself "the archive holds itself"',
        'anomaly nested-size "the archives in it unpack to" 42000 4500000000000000',
        'limit ratio "2000 compressed bytes inflate to more than 536870912 bytes"',
    ),
    silent=(
        'anomaly zip-overlap "members share bytes" 1 4000 42000',
        'anomaly compression-ratio "a stream becomes" 100000 100000000 1000',
        'limit depth "nested more than 12 levels deep"',
    ),
    fires_at="unpack",
    cwe=409,
    atlas="AML.T0029",
)

_LAYERED: Final = 20  # layers together grow so many times more than the last one alone
_LARGE: Final = 1 << 30
_STORING: Final = ("zip", "pytorch", "torch", "keras")  # formats whose members hardly shrink


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each sure sign."""
    for fact in subject.of(Anomaly):
        severity = _judge(fact, subject.format or "")
        if severity is not None:
            yield Match(fact.message, (fact,), severity=severity)
    for limit in subject.of(Limit):
        if limit.name == "ratio":
            yield Match(limit.message, (limit,), severity=Severity.MEDIUM)


def _judge(fact: Anomaly, format: str) -> Severity | None:
    match fact.kind, fact.values:
        case "compression-ratio", (Const(int(consumed)), Const(int(size)), Const(int(overall))):
            if overall * max(consumed, 1) >= _LAYERED * size:
                return Severity.HIGH
            return Severity.MEDIUM if format.startswith(_STORING) else None
        case "zip-overlap", (_, Const(int(total)), Const(int(size))):
            return Severity.HIGH if total > max(_LARGE, size) else None
        case "sparse-size", (_, Const(int())):
            return Severity.MEDIUM
        case "archive-holds-itself" | "nested-size", _:
            return Severity.HIGH
    return None
