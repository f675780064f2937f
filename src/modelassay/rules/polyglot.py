"""A file that is two formats at once.

What
----
The same bytes are a whole file of one format and of another, such as a pickle with a ZIP archive
behind it.

Why
---
Which of the two is read depends on the loader. A scanner that looks at one of them and a loader
that takes the other never meet. Both were read here.

Remediation
-----------
Find out which loader will read the file, and why its author put a second one in it.

References
----------
- https://cwe.mitre.org/data/definitions/436.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="polyglot",
    title="A file that is two formats at once",
    severity=Severity.MEDIUM,
    remediation="Find out which loader will read the file, and why it holds a second format.",
    fires=('anomaly two-formats "the bytes are pickle and zip at once" "pickle" "zip"',),
    silent=('anomaly broken-stream "the stream ends without a STOP"',),
    confidence="medium",
    cwe=436,
    atlas="AML.T0074",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match where more than one format was recognised."""
    for fact in subject.anomalies("two-formats"):
        yield Match(fact.message, (fact,))
