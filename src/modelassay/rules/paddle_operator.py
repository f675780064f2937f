"""An operator of a Paddle program that reaches out of it.

What
----
The program of a PaddlePaddle model has an operator that calls a Python function, reads or writes
files, or talks to other machines.

Why
---
Running the model runs the operator. A file that it names is opened with the rights of the process;
exporters of models for inference write no such operators.

Remediation
-----------
Do not run the model. Ask for one that was exported for inference.

References
----------
- https://www.paddlepaddle.org.cn/documentation/docs/en/api/paddle/static/py_func_en.html
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination

RULE = Rule(
    id="paddle-operator",
    title="An operator of a Paddle program that reaches out of it",
    severity=Severity.HIGH,
    remediation="Do not run the model. Ask for one that was exported for inference.",
    fires=(
        'reference paddle-operator "py_func" @120',
        'reference paddle-operator "load_combine" @120',
        'reference paddle-file "/etc/hostname" @130',
    ),
    silent=('reference paddle-file "params" @130',),
    fires_at="inference",
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each operator, and for each file outside of the folder."""
    for fact in subject.of(Reference):
        if fact.role == "paddle-operator":
            severity = Severity.HIGH if fact.target.startswith("py_") else Severity.MEDIUM
            yield Match(f"the program runs the operator {fact.target!r}", (fact,), severity)
        elif fact.role == "paddle-file" and (leads := destination(fact.target)) != "inside":
            yield Match(f"the program names {fact.target[:200]!r}, {CLAUSES[leads]}", (fact,))
