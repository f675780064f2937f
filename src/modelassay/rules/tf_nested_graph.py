"""A graph hidden in a constant of another.

What
----
A string in the graph is a serialised graph itself. Operators such as `DatasetFromGraph` run one
that they are given as text.

Why
---
What looks at the operators of the outer graph sees a harmless constant. The inner graph was read
here as well, and what it does is told beside this.

Remediation
-----------
Look at what is said of the inner graph. An exported model has no need of one.

References
----------
- https://www.tensorflow.org/api_docs/python/tf/raw_ops/DatasetFromGraph
- https://cwe.mitre.org/data/definitions/506.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence
from modelassay.rules.tf_operators import catalogue, uses

RULE = Rule(
    id="tf-nested-graph",
    title="A graph hidden in a constant of another",
    severity=Severity.MEDIUM,
    remediation="Look at what is said of the inner graph. An exported model has no need of one.",
    fires=(
        'anomaly nested-graph "a string of 121 bytes is a graph itself" 121 @30',
        "graph tensorflow main() -> () { d = DatasetFromGraph(g) }",
    ),
    silent=("graph tensorflow main() -> () { d = TensorDataset(g) }",),
    fires_at="inference",
    cwe=506,
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such constant, and for what runs graphs that are given as text."""
    for fact in subject.anomalies("nested-graph"):
        yield Match(fact.message, (fact,))
    for graph, use in uses(subject):
        if use.op in catalogue().nested:
            yield Match(f"{use.op} runs a graph given as text", (evidence(graph, use.places),))
