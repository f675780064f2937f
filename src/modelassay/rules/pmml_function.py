"""A PMML model that calls a Java class.

What
----
A function that the model applies is named like a class of Java.

Why
---
Scoring engines look such a name up as a class of the process and call it with values of the model.
Which classes there are depends on the program, and not on the model.

Remediation
-----------
Find out which class is called, and whether it is made for this.

References
----------
- https://github.com/jpmml/jpmml-evaluator
- https://cwe.mitre.org/data/definitions/470.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="pmml-function",
    title="A PMML model that calls a Java class",
    severity=Severity.MEDIUM,
    remediation="Find out which class is called, and whether it is made for this.",
    fires=('reference java-class "com.example.Evil"',),
    silent=('reference module "com.example.Evil"',),
    fires_at="inference",
    cwe=470,
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each class."""
    for fact in subject.of(Reference):
        if fact.role == "java-class":
            yield Match(f"the model calls the Java class {fact.target[:200]!r}", (fact,))
