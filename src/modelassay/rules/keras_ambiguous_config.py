"""A Keras configuration that readers understand differently.

What
----
A key stands twice in one object of the configuration, or the configuration is no JSON at all.

Why
---
Of equal keys one reader takes the first, another the last; a scanner and a loader may see different
layers. Every value was looked at here. Keras never writes either.

Remediation
-----------
Do not load the model before somebody has compared the values.

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
    id="keras-ambiguous-config",
    title="A Keras configuration that readers understand differently",
    severity=Severity.MEDIUM,
    remediation=("Find out who wrote the configuration: Keras did not."),
    fires=(
        'anomaly keras-duplicate-key "a key stands twice" "class_name"',
        'anomaly keras-config "the configuration is no JSON"',
    ),
    silent=('anomaly zip-duplicate "a member stands twice" "config.json" "same"',),
    cwe=436,
    atlas="AML.T0010.003",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each."""
    for fact in subject.anomalies("keras-duplicate-key", "keras-config"):
        severity = Severity.LOW if fact.kind == "keras-config" else Severity.MEDIUM
        yield Match(fact.message, (fact,), severity=severity)
