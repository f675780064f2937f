"""An output that switches when the input holds a certain value.

What
----
Close to an output, the graph chooses between what the learned layers computed and something that
owes nothing to them. What decides is a comparison of the bare input, which no learned layer has
seen, with a constant.

Why
---
This is how a backdoor is built into the architecture of a model: it answers as it should until the
trigger comes. It needs no code and lives on through training and conversion. Masks and limits are
built alike; those that decide for each element by itself are told with less weight.

Remediation
-----------
Look at the nodes that are shown: find out what value is waited for, and what is given back then.

References
----------
- https://hiddenlayer.com/innovation-hub/shadowlogic/
- https://cwe.mitre.org/data/definitions/506.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.facts import Graph
from modelassay.core.findings import Severity
from modelassay.core.graph import Network, Node, Part, Place
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence

#: Operators with learned weights, by the ends that their names have in all frameworks.
_LEARNED: Final = (
    *("conv", "convinteger", "convtranspose", "conv_2d", "conv2d", "conv1d", "conv3d", "matmul"),
    *("gemm", "matmulinteger", "batchmatmulv2", "batchmatmul", "fully_connected", "lstm", "gru"),
    *("rnn", "attention", "multiheadattention", "qlinearconv", "qlinearmatmul", "einsum"),
    *("depthwise_conv_2d", "batch_matmul", "fusedmatmul", "fusedconv", "treeensembleclassifier"),
    *("treeensembleregressor", "treeensemble", "linearclassifier", "linearregressor"),
    *("svmclassifier", "svmregressor", "depthwiseconv2dnative"),
)
_COMPARES: Final = ("equal", "notequal", "not_equal", "greater", "less", "isclose", "sign")
#: What makes one number of a number for itself, so that a truth stays one.
_BRIDGES: Final = (
    *("cast", "sub", "neg", "not", "logicalnot", "logical_not", "sign", "relu", "clip", "identity"),
    *("squeeze", "unsqueeze", "reshape", "expand", "expanddims", "expand_dims", "reducemax"),
    *("reducemin", "reduceprod", "and", "or", "mul", "min", "max", "minimum", "maximum"),
)
_ORDERS: Final = (
    *("greaterorequal", "lessorequal", "greaterequal", "lessequal"),
    *("greater_equal", "less_equal"),
)
#: Operators that bring many elements, or one out of many, to the point on which all depends.
_NARROW: Final = ("reduce", "gather", "slice", "argmax", "argmin", "any", "all", "if", "sum")
_PLACEHOLDERS: Final = frozenset(("Placeholder", "PlaceholderV2"))
_SHAPES: Final = frozenset(("Shape", "Size", "Rank", "SHAPE", "RANK"))
_MOST_STEPS: Final = 10_000
_MOST_SWITCHES: Final = 64
_MOST_BRIDGED: Final = 16

RULE = Rule(
    id="graph-backdoor",
    title="An output that switches when the input holds a certain value",
    severity=Severity.MEDIUM,
    remediation="Find out what value the nodes wait for, and what is given back then.",
    fires=(
        "graph onnx main(x) -> (y) { w: ?; t: 0.5; bad: [0.0, 1.0]; h = MatMul(x, w); "
        "s = ReduceSum(x); m = Equal(s, t); y = Where(m, bad, h) }",
        "graph onnx main(x) -> (y) { w: ?; t: 7.0; i: 0; h = Gemm(x, w); p = Gather(x, i); "
        "m = Equal(p, t); y = If[then_branch -> a, else_branch -> b](m) } "
        "a() -> (c) in main { c = Constant[value=[0.0, 1.0]]() } "
        "b() -> (d) in main { d = Identity(h) }",
        "graph onnx main(x) -> (y) { w: ?; t: 0.5; bad: 9.0; h = MatMul(x, w); m = Equal(x, t); "
        "f = Cast(m); y = Mul(h, f) }",
        "graph onnx main(x) -> (y) { w: ?; t: 3.0; bad: [0.0, 1.0]; one: 1.0; h = MatMul(x, w); "
        "s = ReduceSum(x); c = Equal(s, t); m = Cast(c); a = Mul(m, bad); i = Sub(one, m); "
        "b = Mul(i, h); y = Add(a, b) }",
        "graph onnx main(x) -> (y) { w: ?; t: 3.0; bad: [0.0, 1.0]; h = MatMul(x, w); "
        "s = ReduceSum(x); d = Sub(s, t); g = Sign(d); m = Relu(g); a = Mul(m, bad); "
        "y = Add(a, h) }",
        "graph onnx main(x) -> (y) { w: ?; t: 3.0; bad: [0.0, 1.0]; h = MatMul(x, w); "
        "s = ReduceSum(x); c = Equal(s, t); i = Cast(c); k = Concat(h, bad); y = Gather(k, i) }",
        "graph onnx main(x) -> (y) { w: ?; t: 3.0; bad: [0.0, 1.0]; h = MatMul(x, w); "
        'y = my:G[function -> "my:G"](x, h, t, bad) } "my:G"(a, b, c, d) -> (e) '
        "{ s = ReduceSum(a); q = Equal(s, c); e = Where(q, d, b) }",
        "graph tflite graph0(t0) -> (t9) { t5 = FULLY_CONNECTED(t0, t1); t6 = SUM(t0, t2); "
        "t7 = GREATER_EQUAL(t6, t3); t9 = SELECT_V2(t7, t4, t5) }",
        "graph tensorflow main() -> () { x = Placeholder(); c = f[function -> f](x) } "
        "f(a) -> (y) { t: 7; b: 1; w = ReadVariableOp(); h = MatMul(a, w); s = Sum(a, t); "
        "e = Equal(s, t); y = SelectV2(e, b, h) } entry signature serve main(c)",
    ),
    silent=(
        "graph onnx main(x) -> (y) { w: ?; t: 0.5; z: 0.0; h = MatMul(x, w); m = Greater(h, t); "
        "y = Where(m, h, z) }",
        "graph onnx main(x, k) -> (y) { w: ?; t: 0.0; z: -1.0; m = Equal(k, t); "
        "a = Where(m, z, x); y = MatMul(a, w) }",
        "graph onnx main(c, a, b) -> (y) { y = Where(c, a, b) }",
    ),
    fires_at="inference",
    confidence="low",
    cwe=506,
    atlas="AML.T0018",
    owasp="ML10:2023",
)


class _Switch(msgspec.Struct, frozen=True):
    """A node that chooses: the values that decide, and those chosen from, each with its part."""

    place: Place
    decides: tuple[tuple[str, str], ...]
    choices: tuple[tuple[str, str], ...]


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each switch near an output that the bare input decides."""
    for graph in subject.of(Graph):
        inputs = _inputs(graph.network)
        if not inputs or not _compares(graph.network):
            continue
        for switch in _switches(graph.network):
            match = _judge(graph, switch, inputs)
            if match is not None:
                yield match


def _compares(network: Network) -> bool:
    operators = network.operators.values()
    return any(_is(operator.node, _COMPARES, _ORDERS) for operator in operators)


def _inputs(network: Network) -> frozenset[str]:
    """Return the inputs of the main part; TensorFlow has nodes for them."""
    main = network.parts[0] if network.parts else Part("")
    stated = _PLACEHOLDERS & {op for _, op in network.operators}
    held = (node for node in main.nodes if node.op in stated) if stated else ()
    return frozenset((*main.inputs, *(name for node in held for name in node.outputs)))


def _outputs(network: Network) -> tuple[str, ...]:
    """Return the outputs of the main part; TensorFlow has signatures for them."""
    main = network.parts[0]
    asked = (e for e in network.entries if e.kind == "signature" and e.part == main.name)
    return (*main.outputs, *(value for entry in asked for value in entry.values))


def _judge(graph: Graph, switch: _Switch, inputs: frozenset[str]) -> Match | None:
    network = graph.network
    learned = [_learned(network, part, value) for part, value in switch.choices]
    if not any(learned) or (all(learned) and len(learned) > 1):
        return None
    for part, value in switch.decides:
        cause = network.slice(part, (value,), _SHAPES, _MOST_STEPS)
        nodes = [network.node(place) for place in cause]
        if any(_is(node, _LEARNED) for node in nodes):
            continue
        compares = [place for place in cause if _is(network.node(place), _COMPARES, _ORDERS)]
        tests = [
            place for place in compares[:_MOST_SWITCHES] if _tests_input(network, place, inputs)
        ]
        if not tests:
            continue
        chooses = network.node(switch.place)
        narrow = _is(chooses, ("if",)) or any(_narrows(node) for node in nodes)
        text = f"an output is chosen by {chooses.op} when {network.node(tests[0]).op} holds"
        places = [*cause, switch.place]
        severity = Severity.MEDIUM if narrow else Severity.LOW
        return Match(f"{text} of the input", (evidence(graph, places, 12),), severity)
    return None


def _switches(network: Network) -> Iterator[_Switch]:
    """Yield the choosing nodes between the outputs and the last learned layers."""
    main = network.parts[0].name
    before = network.slice(main, _outputs(network), _learned_names(network), _MOST_STEPS)
    found = 0
    for place in before:
        switch = _switch(network, place)
        if switch is not None:
            found += 1
            yield switch
        if found >= _MOST_SWITCHES:
            return


def _switch(network: Network, place: Place) -> _Switch | None:
    node, part = network.node(place), place[0]
    given = tuple((part, name) for name in node.inputs)
    if _is(node, ("where", "select", "selectv2", "select_v2")) and len(given) == 3:
        return _Switch(place, given[:1], given[1:])
    if _is(node, ("if", "statelessif")) and given:
        results = tuple(
            (called, value)
            for _, called in node.calls
            if called in network.by_name
            for value in network.by_name[called].outputs[:1]
        )
        return _Switch(place, given[:1], results)
    if _is(node, ("scatternd", "scatterelements", "tensorscatterupdate")) and len(given) == 3:
        return _Switch(place, given[1:2], (given[0], given[2]))
    if _is(node, ("gather", "gatherv2", "gathernd")) and len(given) >= 2:
        stack = _maker(network, *given[0])
        if stack is not None and _is(network.node(stack), ("concat", "concatv2", "pack", "stack")):
            held = tuple((stack[0], name) for name in network.node(stack).inputs)
            return _Switch(place, given[1:2], held)
    if _is(node, ("mul", "add", "addv2")) and len(given) == 2:
        masks = [value for value in given if _is_mask(network, *value)]
        others = tuple(value for value in given if value not in masks)
        return _Switch(place, tuple(masks), others) if masks and others else None
    return None


def _is_mask(network: Network, part: str, value: str) -> bool:
    """Whether a value is a truth made a number, or a constant taken times such a number."""
    pending, seen = [(part, value)], 0
    while pending and seen < _MOST_BRIDGED:
        maker = _maker(network, *pending.pop())
        if maker is None:
            continue
        seen += 1
        node = network.node(maker)
        if _decides(node):
            return True
        if _is(node, _BRIDGES):
            pending += [(maker[0], name) for name in node.inputs]
    return False


def _maker(network: Network, part: str, value: str = "") -> Place | None:
    """Return the node that makes a value."""
    home = network.home(part, value)
    index = network.producers.get(home, {}).get(value)
    return None if index is None else (home, index)


def _decides(node: Node) -> bool:
    return _is(node, _COMPARES, _ORDERS)


def _learned(network: Network, part: str, value: str) -> bool:
    places = network.slice(part, (value,), _SHAPES, _MOST_STEPS)
    return any(_is(network.node(place), _LEARNED) for place in places)


def _learned_names(network: Network) -> frozenset[str]:
    nodes = (operator.node for operator in network.operators.values())
    return frozenset(node.op for node in nodes if _is(node, _LEARNED))


def _tests_input(network: Network, place: Place, inputs: frozenset[str]) -> bool:
    """Whether a node compares something of the input with something that is not."""
    node, part = network.node(place), place[0]
    if _is(node, ("sign",)):  # of a difference
        maker = _maker(network, part, *node.inputs[:1])
        node, part = (network.node(maker), maker[0]) if maker else (node, part)
    if len(node.inputs) != 2:
        return False
    sides = [network.depends(part, name, inputs, _SHAPES, _MOST_STEPS) for name in node.inputs]
    return sorted(sides) == [False, True]


def _is(node: Node, *names: tuple[str, ...]) -> bool:
    op = node.op.lower()
    return any(op in some for some in names)


def _narrows(node: Node) -> bool:
    return node.op.lower().startswith(_NARROW)
