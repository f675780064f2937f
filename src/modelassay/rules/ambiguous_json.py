"""A JSON file that says two things under one key.

What
----
A configuration or an index has the same key twice in one object, or names no file for a tensor.

Why
---
JSON does not say which of two equal keys counts. Most readers take the last one, some the first,
and some refuse: what was reviewed in one program is not what another one loads.

Remediation
-----------
Find out who wrote the file. Written by an ordinary tool, none is like this.

References
----------
- https://www.rfc-editor.org/rfc/rfc8259#section-4
- https://cwe.mitre.org/data/definitions/436.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="ambiguous-json",
    title="A JSON file that says two things under one key",
    severity=Severity.MEDIUM,
    remediation="Find out who wrote the file, and which of the two values is meant.",
    fires=(
        "anomaly json-duplicate \"the key 'chat_template' stands twice\"",
        "anomaly index-duplicate \"the tensor 'w' stands twice\"",
    ),
    silent=("anomaly safetensors-duplicate \"'w' stands twice\" @8",),
    cwe=436,
    atlas="AML.T0010.003",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for all such keys of a file."""
    facts = tuple(subject.anomalies("json-duplicate", "index-duplicate", "index-entry"))
    if facts:
        more = sum(fact.count for fact in facts) - 1
        yield Match(facts[0].message + (f", and {more} more" if more else ""), facts)
