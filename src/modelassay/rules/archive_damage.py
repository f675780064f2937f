"""An archive or a compressed stream that is damaged.

What
----
A checksum is wrong, a member is cut short, cannot be found or cannot be decompressed, a header is
broken, or the archive has no end.

Why
---
Mostly this is a download that did not finish. But scanners have been made to give up by a wrong
checksum that the loader never looks at. What could be read was scanned all the same.

Remediation
-----------
Fetch the file again and compare its hash. If it is damaged at its source too, ask why.

References
----------
- https://cwe.mitre.org/data/definitions/354.html
- https://cwe.mitre.org/data/definitions/1286.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="archive-damage",
    title="An archive or a compressed stream that is damaged",
    severity=Severity.LOW,
    remediation="Fetch the file again and compare its hash.",
    fires=(
        'anomaly zip-crc "the checksum of a is wrong" "a" 0 1',
        'anomaly zip-truncated "there is no central directory"',
        'anomaly zip-header-mismatch "the crc of a differs" "a" "crc" 0 8',
        'anomaly tar-truncated "a is cut short"',
        'anomaly compressed-data "the compressed stream is broken"',
    ),
    silent=('anomaly zip-header-mismatch "the method of a differs" "a" "method" 0 8',),
    cwe=354,
)

_KINDS: Final = frozenset(
    (
        *("zip-crc", "zip-size", "zip-data", "zip-truncated", "zip-no-local-header"),
        *("zip-unknown-method", "tar-header", "tar-truncated", "tar-no-end", "tar-sparse"),
        *("compressed-data", "sevenzip-data"),
    )
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each kind of damage."""
    found: dict[str, list[Anomaly]] = {}
    for fact in subject.of(Anomaly):
        if fact.kind in _KINDS or _checksum(fact):
            found.setdefault(fact.kind, []).append(fact)
    for facts in found.values():
        times = sum(fact.count for fact in facts)
        others = f" ({times} times)" if times > 1 else ""
        yield Match(facts[0].message + others, tuple(facts[:20]))


def _checksum(fact: Anomaly) -> bool:
    return fact.kind == "zip-header-mismatch" and fact.values[1:2] == (Const("crc"),)
