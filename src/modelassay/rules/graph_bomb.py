"""A graph that takes memory or time without bound.

What
----
Subgraphs are nested deeper than any exporter nests them, a loop never ends or doubles what it
carries at every round, or an operator makes a tensor of a size that is written in the file and fits
no memory.

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
#: Operators that make a tensor of a shape or as many times as they are told, and by which input.
_SHAPED: Final = {
    "ConstantOfShape": 0,
    "Expand": 1,
    "Fill": 0,
    "BroadcastTo": 1,
    "Tile": 1,
    "Pad": 1,
    "Resize": 3,
    "Range": 1,
    "OneHot": 1,
    "RandomUniform": 0,
    "RandomStandardNormal": 0,
    "RandomNormal": 9,
}
_JOINED: Final = frozenset(("Concat", "Pack", "Stack", "ConcatV2"))
_SOME: Final = 16  # parts a shape is put together of
_DEEPEST: Final = 2
_DOUBLINGS: Final = 34  # of one element
_MANY_NODES: Final = 1 << 24
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
        'graph onnx main(x) -> (y) { n: 9223372036854775807; y = Loop[body -> b](n, "", x) } '
        "b(i, c, v) -> (t, w) in main { t = Identity(c); w = Add(v, v) }",
        'graph onnx main(x) -> (y) { n: 60; y = Loop[body -> b](n, "", x) } '
        "b(i, c, v) -> (t, w) in main { t = Less(i, c); w = Concat(v, v) }",
        "graph onnx main(x) -> (y) { a: [1048576]; s = Concat(a, a); y = Tile(x, s) }",
        'graph onnx main(x) -> (y) { y = my:F[function -> "my:F"](x) } '
        '"my:F"(a) -> (b) { b = my:F[function -> "my:F"](a) }',
    ),
    silent=(
        "graph onnx main() -> (y) { s: [3, 4]; y = ConstantOfShape(s) }",
        'graph onnx main(x) -> (y) { n: 60; y = Loop[body -> b](n, "", x) } '
        "b(i, c, v) -> (t, w) in main { t = Less(i, c); u = Relu(v); w = Concat(v, u) }",
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
        yield from _unfolding(graph)
        judged = {*_SHAPED, "Loop"} & {op for _, op in graph.network.operators}
        for part, index, node in graph.network.nodes() if judged else ():
            if node.op in judged:
                why = _judge(graph.network, part, node)
                if why is not None:
                    yield Match(why, (evidence(graph, [(part.name, index)]),))


def _judge(network: Network, part: Part, node: Node) -> str | None:
    if node.op == "Loop":
        if _endless(network, part, node):
            return "a loop has no end that could be reached"
        return _doubling(network, part, node)
    position = _SHAPED[node.op]
    sizes = _sizes(network, part.name, node.inputs[position]) if position < len(node.inputs) else []
    stated = node.attr("shape")
    if isinstance(stated, Sequence):
        sizes = _integers(stated)
    count = prod(size for size in sizes if size > 0)
    return f"{node.op} makes a tensor of {count} elements" if count >= _HUGE else None


def _sizes(network: Network, part: str, value: str, depth: int = 0) -> list[int]:
    """Return the integers of a shape that the file states, also if it is put together of parts."""
    found = list(network.sources(part, value, _SAME, most=_SOME))
    if len(found) != 1 or depth > _DEEPEST:
        return []
    (source,) = found
    if source.node is not None and source.node.op in _JOINED:
        names = source.node.inputs[:_SOME]
        return [n for name in names for n in _sizes(network, source.part, name, depth + 1)]
    return _integers(source.constant)


def _integers(shape: Value | None) -> list[int]:
    sides = shape.items if isinstance(shape, Sequence) else (shape,)
    return [side.value for side in sides if isinstance(side, Const) and type(side.value) is int]


def _unfolding(graph: Graph) -> Iterator[Match]:
    """Yield a match if the functions of ONNX, put in the place of their calls, have no end."""
    network = graph.network
    if graph.dialect != "onnx":
        return
    sizes: dict[str, int] = {}
    for name in network.by_name:
        pending = [name]
        while pending:
            called = [n for node in network.by_name[pending[-1]].nodes for _, n in node.calls]
            missing = [n for n in called if n in network.by_name and n not in sizes]
            if not missing:
                top = pending.pop()
                own = len(network.by_name[top].nodes)
                sizes[top] = min(own + sum(sizes.get(n, 0) for n in called), 1 << 62)
            elif missing[0] in pending:
                yield Match(
                    f"the function {missing[0][:200]!r} calls itself", (_caller(graph, missing[0]),)
                )
                return
            else:
                pending.append(missing[0])
    if (most := max(sizes.values(), default=0)) >= _MANY_NODES:
        first = max(sizes, key=lambda name: sizes[name])
        yield Match(f"unfolded, the graph has {most} nodes", (_caller(graph, first),))


def _caller(graph: Graph, part: str) -> Graph:
    return evidence(graph, graph.network.callers.get(part, [(part, 0)])[:1])


def _endless(network: Network, part: Part, node: Node) -> bool:
    """Whether a loop is told to go on, for ever, whatever it computes."""
    rounds = _constant(network, part.name, node.inputs[:1])
    if node.inputs[:1] != ("",) and _plain(rounds, 0) < _LONG:
        return False
    begins = _constant(network, part.name, node.inputs[1:2])
    if node.inputs[1:2] not in ((), ("",)) and not _plain(begins, 0):
        return False
    bodies = [network.by_name[name] for _, name in node.calls if name in network.by_name]
    return bool(bodies) and all(_goes_on(network, body) for body in bodies)


def _doubling(network: Network, part: Part, node: Node) -> str | None:
    """Tell of a loop that puts what it carries behind itself, more often than memory is large."""
    rounds = _constant(network, part.name, node.inputs[:1])
    times = _LONG if node.inputs[:1] == ("",) else _plain(rounds, 0)
    if times < _DOUBLINGS:
        return None
    for body in (network.by_name[name] for _, name in node.calls if name in network.by_name):
        # A body is given the round, the condition and the states, and gives condition and states.
        for state, given in zip(body.inputs[2:], body.outputs[1:], strict=False):
            sources = list(network.sources(body.name, given, _SAME, most=_SOME))
            parts = [
                name for s in sources if s.node and s.node.op == "Concat" for name in s.node.inputs
            ]
            if sum(_is(network, body.name, name, state) for name in parts) > 1:
                return f"each round of a loop doubles {state[:200]!r}"
    return None


def _is(network: Network, part: str, name: str, state: str) -> bool:
    """Whether a value is what `state` holds at the start of the round."""
    sources = list(network.sources(part, name, _SAME, most=_SOME))
    return name == state or [s.value for s in sources if s.node is None] == [state]


def _goes_on(network: Network, body: Part) -> bool:
    """Whether a body says at its end that there is another round, whatever it computes."""
    told = list(network.sources(body.name, body.outputs[0], _SAME, most=16)) if body.outputs else []
    if len(told) != 1:
        return False
    (source,) = told
    if source.node is None:  # a constant, or what it was told itself, of which nothing is said
        return bool(_plain(source.constant, 0)) or not source.value
    sides = [_constant(network, source.part, (name,)) for name in source.node.inputs]
    known = [bool(_plain(side, 0)) for side in sides if side is not None]
    return known == [False] if source.node.op == "Not" else source.node.op == "Or" and any(known)


def _constant(network: Network, part: str, names: tuple[str, ...]) -> Value | None:
    sources = [source for name in names for source in network.sources(part, name, _SAME, most=16)]
    return sources[0].constant if len(sources) == 1 else None


def _plain(value: Value | None, default: int) -> int:
    plain = value.value if isinstance(value, Const) else default
    return int(plain) if isinstance(plain, int) else default
