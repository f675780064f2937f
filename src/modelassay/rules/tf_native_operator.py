"""An operator that runs native code by its name.

What
----
The graph calls a function of native code that is found by a name in the file, such as by
`XlaCustomCall`.

Why
---
Which code it is depends on what the process has loaded. It is called with addresses of memory,
and what it does is not in the model.

Remediation
-----------
Find out which library the name belongs to. Do not run the model where it is not expected.

References
----------
- https://openxla.org/xla/custom_call
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence, listed
from modelassay.rules.tf_operators import catalogue, uses

RULE = Rule(
    id="tf-native-operator",
    title="An operator that runs native code by its name",
    severity=Severity.MEDIUM,
    remediation="Find out which library the name belongs to.",
    fires=('graph tensorflow main() -> () { n = XlaCustomCallV2[call_target_name="f"](p) }',),
    silent=("graph tensorflow main() -> () { n = XlaCallModule(p) }",),
    fires_at="inference",
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such operator."""
    for graph, use in uses(subject):
        why = catalogue().native.get(use.op)
        if why is not None:
            yield Match(f"{use.op} {why}{listed(use)}", (evidence(graph, use.places),))
