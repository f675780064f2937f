"""An archive that says different things in different places.

What
----
The directory of a ZIP archive and the headers beside its members disagree: on a name, a method or
a size; a member stands in no directory or twice; there are two directories; members share bytes.
In a tar archive, headers disagree on how long a member is, or members follow behind its end.

Why
---
Programs read different places. Python and PyTorch take the central directory of a ZIP, streaming
readers its local headers; of two members with one name some take the first, some the last.
Whoever makes the places differ shows one archive to the scanner and another to the loader. Every
reading that could be found was scanned; this finding is about the contradiction.

Remediation
-----------
Ask for the archive anew, written by an ordinary tool. Do not load one that contradicts itself.

References
----------
- https://cwe.mitre.org/data/definitions/436.html
- https://github.com/advisories/GHSA-j5gw-2vrg-8fgx
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="archive-lie",
    title="An archive that says different things in different places",
    severity=Severity.HIGH,
    remediation="Ask for the archive anew, written by an ordinary tool.",
    fires=(
        'anomaly zip-name-mismatch "the directory says a, the local header b" "a" "b"',
        'anomaly zip-two-directories "end records lead to 2 directories" 5 90',
        'anomaly zip-hidden-member "a stands in no directory" "a"',
        'anomaly zip-header-mismatch "the method of a differs" "a" "method" 0 8',
        'anomaly zip-duplicate "a stands there more than once" "a" "different"',
        'anomaly tar-size "a has 0 bytes by its header, 512 by a record" "a" 0 512',
    ),
    silent=(
        'anomaly zip-header-mismatch "the crc of a differs" "a" "crc" 0 8',
        'anomaly zip-duplicate "a stands there more than once" "a" "same"',
        'anomaly zip-concatenated "2 archives stand one behind the other" 2',
    ),
    cwe=436,
    atlas="AML.T0010.003",
)

_SEVERITIES: Final[dict[str, Severity]] = {
    "zip-name-mismatch": Severity.HIGH,
    "zip-two-directories": Severity.HIGH,
    "zip-overlap": Severity.HIGH,
    "zip-hidden-member": Severity.MEDIUM,
    "zip-header-mismatch": Severity.MEDIUM,
    "zip-duplicate": Severity.MEDIUM,
    "zip-method": Severity.MEDIUM,
    "zip-flags": Severity.MEDIUM,
    "zip-count": Severity.MEDIUM,
    "tar-size": Severity.MEDIUM,
    "tar-behind-end": Severity.MEDIUM,
}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each kind of contradiction."""
    found: dict[str, list[Anomaly]] = {}
    for fact in subject.of(Anomaly):
        if fact.kind in _SEVERITIES and not _harmless(fact):
            found.setdefault(fact.kind, []).append(fact)
    for kind, facts in found.items():
        times = sum(fact.count for fact in facts)
        others = f" ({times} times)" if times > 1 else ""
        yield Match(facts[0].message + others, tuple(facts[:20]), severity=_SEVERITIES[kind])


def _harmless(fact: Anomaly) -> bool:
    """Whether the two places differ in nothing that a loader would read."""
    said = fact.values[1] if len(fact.values) > 1 else None
    if fact.kind == "zip-header-mismatch":
        return said == Const("crc")
    return fact.kind == "zip-duplicate" and said == Const("same")
