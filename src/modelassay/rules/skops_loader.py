"""A skops node whose loader is not for its class.

What
----
A node of a skops file names a loader that makes one kind of object, and a class of another kind.

Why
---
skops shows its user the class for approval, while the loader decides what happens. Where the two
disagree, what was approved is not what runs. Published attacks use the loaders for functions of
`operator` and for methods in this way.

Remediation
-----------
Do not load the file. skops writes no such node. Where you must, update skops first.

References
----------
- https://skops.readthedocs.io/en/stable/persistence.html
- https://cwe.mitre.org/data/definitions/351.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="skops-loader",
    title="A skops node whose loader is not for its class",
    severity=Severity.HIGH,
    remediation="Do not load the file. skops writes no such node.",
    fires=(
        'anomaly skops-loader "OperatorFuncNode is not for _operator.call" "OperatorFuncNode" '
        "_operator.call @schema",
        'anomaly duplicate-key "the key __class__ stands twice" @schema',
    ),
    silent=("new sklearn.linear_model._logistic.LogisticRegression() @schema",),
    cwe=351,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such node, and for keys of which readers take one or the other."""
    for fact in subject.anomalies("skops-loader"):
        yield Match(fact.message, (fact,))
    for fact in subject.anomalies("duplicate-key"):
        yield Match(fact.message, (fact,), severity=Severity.MEDIUM)
