"""An operator that talks to the network.

What
----
The graph calls a remote procedure, opens a server, takes its data from a service, or writes
summaries to a database.

Why
---
Whoever runs the model connects to an address that the model chooses: what it was given can leave
the machine, and what it answers can come from elsewhere.

Remediation
-----------
Do not run the model with access to a network. Ask for one without such operators.

References
----------
- https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md
- https://cwe.mitre.org/data/definitions/918.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence, listed
from modelassay.rules.tf_operators import catalogue, reached, uses

RULE = Rule(
    id="tf-network-operator",
    title="An operator that talks to the network",
    severity=Severity.HIGH,
    remediation="Do not run the model with access to a network.",
    fires=(
        'graph tensorflow main() -> () { p: "h:1"; n = RpcCall(p) }',
        'graph tensorflow main() -> () { p: "h:1"; n = RpcCall(p) } entry signature f main(n)',
        "graph tflite main(a) -> (b) { b = custom:FlexRpcCall(a) }",
        "graph tensorflow main() -> () { n = CollectiveGather(p) }",
        'graph tensorflow main() -> () { s: "s3"; n = FileSystemSetConfiguration(s, k, v) }',
    ),
    silent=("graph tensorflow main() -> () { n = Placeholder() }",),
    fires_at="inference",
    cwe=918,
    atlas="AML.T0018",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such operator, worse where something reaches it."""
    for graph, use in uses(subject):
        if use.op in catalogue().network:
            runs = any(place in reached(subject, graph) for place in use.places)
            severity = Severity.HIGH if runs else Severity.MEDIUM
            text = f"{use.op} talks to the network{listed(use)}"
            yield Match(text, (evidence(graph, use.places),), severity)
