"""A graph hidden in a constant of another.

What
----
A string in the graph is a serialised graph itself. Operators such as `DatasetFromGraph` run one
that they are given as text, or that the model puts together while it runs.

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
from modelassay.core.graph import Network, Place
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence
from modelassay.rules.tf_operators import catalogue, uses

RULE = Rule(
    id="tf-nested-graph",
    title="A graph hidden in a constant of another",
    severity=Severity.HIGH,
    remediation="Look at what is said of the inner graph. An exported model has no need of one.",
    fires=(
        'anomaly nested-graph "a string of 121 bytes is a graph itself" 121 @30',
        "graph tensorflow main() -> () { d = DatasetFromGraph(g) }",
        "graph tensorflow main() -> () { a = Const(); b = DecodeBase64(a); "
        "d = DatasetFromGraph(b) }",
    ),
    silent=("graph tensorflow main() -> () { d = TensorDataset(g) }",),
    fires_at="inference",
    cwe=506,
    atlas="AML.T0018",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such constant, and for what runs graphs that are given as text."""
    for fact in subject.anomalies("nested-graph"):
        yield Match(fact.message, (fact,), Severity.MEDIUM)
    for graph, use in uses(subject):
        if use.op in catalogue().nested:
            shown = (evidence(graph, use.places),)
            if any(_is_made(graph.network, place) for place in use.places):
                message = f"{use.op} runs a graph that is put together while the model runs"
                yield Match(message, shown)
            else:
                yield Match(f"{use.op} runs a graph given as text", shown, Severity.MEDIUM)


def _is_made(network: Network, place: Place) -> bool:
    """Whether an operator makes the graph, so that it stands nowhere in the file as it is run."""
    node = network.node(place)
    if not node.inputs:
        return False
    sources = network.sources(place[0], node.inputs[0], ("Identity",))
    return any(source.node is not None and source.node.op != "Const" for source in sources)
