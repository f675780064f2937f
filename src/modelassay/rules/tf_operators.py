"""What TensorFlow's operators do to the host, and where the names come from that they act on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from modelassay.core.facts import Graph
from modelassay.core.graph import Entry, Network, Node, Place, Source
from modelassay.core.values import Const, Value, walk
from modelassay.rules.base import Subject
from modelassay.rules.graphs import Use, operators
from modelassay.rules.paths import escape, parts

#: Operators that hand a name on as it is, and those that put names behind each other.
_SAME: Final = frozenset(
    (
        *("Identity", "IdentityN", "PlaceholderWithDefault", "StopGradient", "EnsureShape"),
        *("Pack", "Unpack", "Concat", "ConcatV2", "Split", "SplitV", "Slice", "StridedSlice"),
        *("Gather", "GatherV2", "Reshape", "ExpandDims", "Squeeze", "Fill", "Tile"),
        *("Select", "SelectV2", "Merge", "Switch", "RefMerge", "RefSwitch"),
        *("ShardedFilename", "ShardedFilespec", "MatchingFiles"),
        *("TensorDataset", "TensorSliceDataset"),
    )
)
_MOST_ENTRIES: Final = 30
_JOINS: Final = frozenset(("StringJoin", "Add", "AddV2"))


class FileOperator(msgspec.Struct, frozen=True):
    """What an operator does with files: its effect, and which inputs and attributes name them.

    A `saver` is of those that every export has to save and restore itself.
    """

    effect: str
    inputs: tuple[int, ...] = ()
    attrs: tuple[str, ...] = ()
    saver: bool = False


class Catalogue(msgspec.Struct, frozen=True):
    """The catalogue of operators, `rules/data/tf_operators.json`."""

    files: dict[str, FileOperator]
    native: dict[str, str]
    network: frozenset[str]
    nested: frozenset[str]


@cache
def catalogue() -> Catalogue:
    """Return the catalogue."""
    text = files("modelassay.rules.data").joinpath("tf_operators.json").read_text("utf-8")
    return msgspec.convert(json.loads(text), Catalogue)


def uses(subject: Subject) -> Iterator[tuple[Graph, Use]]:
    """Yield the operators of TensorFlow in each graph."""
    for graph in subject.of(Graph):
        if graph.dialect in ("tensorflow", "tflite"):
            for use in operators(graph):
                if use.dialect == "tensorflow":
                    yield graph, use


def reached(subject: Subject, graph: Graph) -> dict[Place, Entry]:
    """Return the nodes that run from an entry, each with the first that reaches it."""
    key = f"reached {id(graph)}"
    if key not in subject.memo:
        found: dict[Place, Entry] = {}
        for together in _grouped(entries(graph)):
            for place in graph.network.reached(together):
                found.setdefault(place, together[0])
        subject.memo[key] = found
    places: dict[Place, Entry] = subject.memo[key]
    return places


def _grouped(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Yield entries one by one, and past the first few those of a kind together."""
    yield from ([entry] for entry in entries[:_MOST_ENTRIES])
    kinds: dict[str, list[Entry]] = {}
    for entry in entries[_MOST_ENTRIES:]:
        kinds.setdefault(entry.kind, []).append(entry)
    yield from kinds.values()


def entries(graph: Graph) -> list[Entry]:
    """Return where running starts; a TensorFlow Lite model runs all of its main graph."""
    if graph.dialect == "tflite":
        return [Entry("signature", part.name, part.name) for part in graph.network.parts[:1]]
    return graph.network.entries


def hazard(network: Network, part: str, node: Node, operator: FileOperator) -> str | None:
    """Return the first constant name of a file that leads outside, and how; `None` if none does."""
    for name in operator.attrs:
        for text in _texts(node.attr(name)):
            why = escape(text)
            if why is not None:
                return f"{text[:200]!r}, which {why}"
    sources = origins(network, part, node, operator)
    empty = all(_is_empty(source) for source in sources if not source.joined)
    for source in sources:
        for text in _texts(source.constant):
            why = escape(text) if not source.joined or empty else _climbs(text)
            if why is not None:
                return f"{text[:200]!r}, which {why}"
    return None


def origins(network: Network, part: str, node: Node, operator: FileOperator) -> list[Source]:
    """Return where the names come from that a node acts on."""
    given = [value for value in node.inputs if not value.startswith("^")]
    named = [given[index] for index in operator.inputs if index < len(given)]
    wanted = named or given if operator.inputs else []
    return [source for value in wanted for source in network.sources(part, value, _SAME, _JOINS)]


def _texts(value: Value | None) -> list[str]:
    if value is None:
        return []
    return [
        inner.value
        for inner in walk(value)
        if isinstance(inner, Const) and type(inner.value) is str
    ]


def _is_empty(source: Source) -> bool:
    texts = _texts(source.constant)
    return bool(texts) and not any(text.strip("./") for text in texts)


def _climbs(text: str) -> str | None:
    return "climbs out of the folder" if parts(f"./{text}") is None else None
