"""A model that stands for another one.

What
----
A CoreML model has no network of its own but the name of another compiled model, or a path to search
for it.

Why
---
What runs is the other model, which was not read here and can be changed without this file.

Remediation
-----------
Ask for the model that is linked, and look at that.

References
----------
- https://apple.github.io/coremltools/mlmodel/Format/LinkedModel.html
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination

RULE = Rule(
    id="linked-model",
    title="A model that stands for another one",
    severity=Severity.MEDIUM,
    remediation="Ask for the model that is linked, and look at that.",
    fires=('reference linked-model "Other.mlmodelc"',),
    silent=('reference weight-file "weights/weight.bin"',),
    cwe=829,
    atlas="AML.T0010.003",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each name or path."""
    for fact in subject.of(Reference):
        if fact.role == "linked-model":
            leads = CLAUSES[destination(fact.target)]
            yield Match(f"the model stands for {fact.target[:200]!r}, {leads}", (fact,))
