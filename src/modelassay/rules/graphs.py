"""What rules on graphs share: the operators of a graph by name, and excerpts as evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from modelassay.core.facts import Graph, Location
from modelassay.core.graph import Network, Node, Operator, Place
from modelassay.core.notation import show
from modelassay.core.text import visible

_FLEX: Final = "Flex"


class Use(msgspec.Struct):
    """An operator of a graph, and the first places it stands in; `count` counts all.

    `dialect` is the framework whose operator it is: TensorFlow Lite runs TensorFlow's too.
    """

    dialect: str
    domain: str
    op: str
    places: list[Place]
    count: int


def operators(graph: Graph) -> list[Use]:
    """Return the operators of `graph`, each once, in the order in which they come first."""
    return [_use(graph.dialect, operator) for operator in graph.network.operators.values()]


def _use(dialect: str, operator: Operator) -> Use:
    domain, op = operator.node.domain, operator.node.op
    if dialect == "tflite" and domain == "custom" and op.startswith(_FLEX):
        dialect, domain, op = "tensorflow", "", op.removeprefix(_FLEX)
    return Use(dialect, domain, op, operator.places, operator.count)


def listed(use: Use) -> str:
    """Return how often an operator is used, as the end of a sentence."""
    return f", {use.count} times" if use.count > 1 else ""


def evidence(graph: Graph, places: Iterable[Place], most: int = 6) -> Graph:
    """Return the nodes at `places`, the first few, as a fact of their own."""
    places = list(places)
    network = graph.network.excerpt(places, most)
    at = graph.at
    if places:
        name, index = places[0]
        at = Location(graph.network.node(places[0]).offset, f"{visible(name)}[{index}]")
    return Graph(dialect=graph.dialect, network=network, at=at)


def described(node: Node) -> str:
    """Return the name of a node's operator, with its domain."""
    return f"{node.domain}:{node.op}" if node.domain else node.op


def constants(network: Network, node: Node) -> Iterator[str]:
    """Yield the constants in the attributes of a node, in their textual form."""
    yield from (f"{name}={show(value)}" for name, value in node.attrs)
