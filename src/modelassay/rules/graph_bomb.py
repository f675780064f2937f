"""A graph that takes memory or time without bound.

What
----
Subgraphs are nested deeper than any exporter nests them, a loop never ends, or an operator makes a
tensor of a size that is written in the file and fits no memory.

Why
---
A few bytes make whoever loads or runs the model allocate gigabytes, run for ever, or crash when
the stack is used up.

Remediation
-----------
Do not run the model.

References
----------
- https://cwe.mitre.org/data/definitions/400.html
- https://cwe.mitre.org/data/definitions/674.html
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

from modelassay.core.facts import Graph
from modelassay.core.findings import Severity
from modelassay.core.graph import Network, Node, Part
from modelassay.core.values import Const, Sequence, Value
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence

_HUGE: Final = 1 << 34  # elements
_LONG: Final = 1 << 31  # rounds of a loop
#: Operators that make a tensor of a shape they are given, and which input that is.
_SHAPED: Final = {"ConstantOfShape": 0, "Expand": 1, "Fill": 0, "BroadcastTo": 1}
_SAME: Final = frozenset(("Identity", "Cast", "Reshape", "Unsqueeze", "Squeeze"))

RULE = Rule(
    id="graph-bomb",
    title="A graph that takes memory or time without bound",
    severity=Severity.MEDIUM,
    remediation="Do not run the model.",
    fires=(
        'anomaly graph-depth "subgraphs are nested 30 levels deep" 30',
        "graph onnx main() -> (y) { s: [1000000, 1000000]; y = ConstantOfShape(s) }",
        'graph onnx main(x) -> (y) { n: 9223372036854775807; y = Loop[body -> b](n, "", x) } '
        "b(i, c, v) -> (t, w) in main { t: True; w = Add(v, v) }",
    ),
    silent=(
        "graph onnx main() -> (y) { s: [3, 4]; y = ConstantOfShape(s) }",
        'graph onnx main(x) -> (y) { n: 10; y = Loop[body -> b](n, "", x) } '
        "b(i, c, v) -> (t, w) in main { t: True; w = Add(v, v) }",
        'graph onnx main(x) -> (y) { n: 9223372036854775807; y = Loop[body -> b](n, "", x) } '
        "b(i, c, v) -> (t, w) in main { t = Less(i, v); w = Add(v, v) }",
    ),
    fires_at="inference",
    cwe=400,
    atlas="AML.T0029",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such node, and for nesting."""
    for fact in subject.anomalies("graph-depth"):
        yield Match(fact.message, (fact,))
    for graph in subject.of(Graph):
        for part, index, node in graph.network.nodes():
            if node.op in _SHAPED or node.op == "Loop":
                why = _judge(graph.network, part, node)
                if why is not None:
                    yield Match(why, (evidence(graph, [(part.name, index)]),))


def _judge(network: Network, part: Part, node: Node) -> str | None:
    if node.op == "Loop":
        endless = _endless(network, part, node)
        return "a loop has no end that could be reached" if endless else None
    position = _SHAPED[node.op]
    shape = _constant(network, part.name, node.inputs[position : position + 1])
    sides = shape.items if isinstance(shape, Sequence) else (shape,) if shape is not None else ()
    sizes = [side.value for side in sides if isinstance(side, Const) and type(side.value) is int]
    count = prod(size for size in sizes if size > 0)
    return f"{node.op} makes a tensor of {count} elements" if count >= _HUGE else None


def _endless(network: Network, part: Part, node: Node) -> bool:
    """Whether a loop is told to go on, for ever, whatever it computes."""
    rounds = _constant(network, part.name, node.inputs[:1])
    if node.inputs[:1] != ("",) and _plain(rounds, 0) < _LONG:
        return False
    begins = _constant(network, part.name, node.inputs[1:2])
    if node.inputs[1:2] not in ((), ("",)) and not _plain(begins, 0):
        return False
    bodies = [network.by_name[name] for _, name in node.calls if name in network.by_name]
    return bool(bodies) and all(
        bool(_plain(_constant(network, body.name, body.outputs[:1]), 0)) for body in bodies
    )


def _constant(network: Network, part: str, names: tuple[str, ...]) -> Value | None:
    sources = [source for name in names for source in network.sources(part, name, _SAME, most=16)]
    return sources[0].constant if len(sources) == 1 else None


def _plain(value: Value | None, default: int) -> int:
    plain = value.value if isinstance(value, Const) else default
    return int(plain) if isinstance(plain, int) else default
