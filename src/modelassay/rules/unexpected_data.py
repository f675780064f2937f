"""Bytes that no record of an archive, stream or picture accounts for.

What
----
Something stands in front of an archive, between its members or behind its end, or behind the end
of a compressed stream or a picture.

Why
---
Self-extracting archives begin with a program; some tools append notes. It is also where a second
file is put that another loader will take. What stands there was scanned.

Remediation
-----------
Find out what the bytes are. Written anew by an ordinary tool, the file has none.

References
----------
- https://cwe.mitre.org/data/definitions/436.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="unexpected-data",
    title="Bytes that no record accounts for",
    severity=Severity.LOW,
    remediation="Find out what the bytes are, or have the file written anew.",
    fires=(
        'anomaly zip-prefix "256 bytes belong to no record of the archive" 256 @0',
        'anomaly compressed-suffix "9 bytes follow the compressed stream" 9 @62',
        'anomaly picture-suffix "9 bytes behind the end of the picture" 9 @62',
    ),
    silent=('anomaly zip-concatenated "2 archives stand one behind the other" 2',),
    cwe=436,
    atlas="AML.T0010.003",
)

_KINDS: Final = (
    *("zip-prefix", "zip-gap", "zip-suffix", "tar-suffix"),
    *("compressed-suffix", "sevenzip-suffix", "picture-suffix", "r-trailing-bytes"),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each place."""
    for fact in subject.anomalies(*_KINDS):
        yield Match(getattr(fact, "message", RULE.title), (fact,))
