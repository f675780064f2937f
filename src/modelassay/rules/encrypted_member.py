"""An archive, or a member of one, that is encrypted.

What
----
The bytes cannot be read without a password, so nobody looked into them.

Why
---
Encryption is how a payload is brought past scanners, with the password beside the download. No
framework loads an encrypted model by itself.

Remediation
-----------
Decrypt it in a place where nothing loads it, and scan the result.

References
----------
- https://attack.mitre.org/techniques/T1027/013/
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="encrypted-member",
    title="An archive, or a member of one, that is encrypted",
    severity=Severity.MEDIUM,
    remediation="Decrypt it in a place where nothing loads it, and scan the result.",
    fires=(
        'anomaly zip-encrypted "\'data.pkl\' is encrypted" "data.pkl"',
        'anomaly sevenzip-encrypted "the archive is encrypted"',
    ),
    silent=('anomaly zip-flags "said to be encrypted, its bytes are plain" "data.pkl" 1',),
    cwe=None,
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for all that is encrypted."""
    facts = tuple(subject.anomalies("zip-encrypted", "sevenzip-encrypted"))
    if facts:
        yield Match(getattr(facts[0], "message", RULE.title), facts[:20])
