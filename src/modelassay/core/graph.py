"""Graphs of operators: one compact structure for the models of all frameworks.

A network is made of parts: the main graph first, then the subgraphs that its control flow runs and
the functions it calls. A value is a name inside a part. In frameworks whose nodes have one name and
not named outputs, such as TensorFlow, a node's value is its name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, MutableSequence
from functools import cached_property
from itertools import islice
from typing import Final, TypeAlias

import msgspec

from modelassay.core.values import Value

CONTROL: Final = "^"
_MOST_PLACES: Final = 1000
_MOST_GIVEN: Final = 64  # values that a call may stand for, where it cannot be told which
Place: TypeAlias = "tuple[str, int]"  # a node: the name of its part, and its index there


class Node(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One operation. `calls` are the parts it runs, each with the attribute that names it.

    An input with `^` before it only has to run first. `attrs` holds those that are small; `offset`
    is where it stands in the file.
    """

    op: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    domain: str = ""
    name: str = ""
    attrs: tuple[tuple[str, Value], ...] = ()
    calls: tuple[tuple[str, str], ...] = ()
    offset: int | None = None

    def attr(self, name: str) -> Value | None:
        """Return the attribute `name`; of several, the last, as loaders do."""
        return next((value for key, value in reversed(self.attrs) if key == name), None)


class Operator(msgspec.Struct):
    """The first node of an operator, and the first places it stands in; `count` counts all."""

    node: Node
    places: list[Place]
    count: int = 0


class Part(msgspec.Struct):
    """A graph, subgraph or function. A subgraph sees the values of its `parent` too.

    `constants` holds the values known without running anything, as far as they are small.
    """

    name: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    nodes: MutableSequence[Node] = []
    constants: dict[str, Value] = {}
    parent: str | None = None


class Entry(msgspec.Struct, frozen=True):
    """Where running starts: `kind` and `name` of the entry, and the values it asks for.

    Kinds: `signature`, `init`, `train`, and `nested` where another graph runs all of this one.
    """

    kind: str
    name: str
    part: str
    values: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True):
    """Where a value comes from: a constant, a node, or an input of the network.

    `joined` where it is put behind something else, as text is by a join.
    """

    part: str
    value: str
    constant: Value | None = None
    node: Node | None = None
    joined: bool = False


class Network(msgspec.Struct, dict=True):
    """Parts, the main one first, and entries, with what rules ask of them."""

    parts: list[Part]
    entries: list[Entry] = []

    @cached_property
    def by_name(self) -> dict[str, Part]:
        """The parts by their names; where several have one, it means the first."""
        found: dict[str, Part] = {}
        for number, part in enumerate(self.parts):
            while part.name in found:
                part.name += f"#{number}"
            found[part.name] = part
        return found

    @cached_property
    def producers(self) -> dict[str, dict[str, int]]:
        """For each part, which node makes a value."""
        return {
            part.name: {
                value: index for index, node in enumerate(part.nodes) for value in node.outputs
            }
            for part in self.by_name.values()
        }

    @cached_property
    def operators(self) -> dict[tuple[str, str], Operator]:
        """The operators by their domain and name, in the order in which they come first."""
        found: dict[tuple[str, str], Operator] = {}
        for part, index, node in self.nodes():
            key = (node.domain, node.op)
            operator = found.get(key)
            if operator is None:
                operator = found[key] = Operator(node, [])
            operator.count += 1
            if len(operator.places) < _MOST_PLACES:
                operator.places.append((part.name, index))
        return found

    @cached_property
    def callers(self) -> dict[str, list[Place]]:
        """For each part, the nodes that run it."""
        callers: dict[str, list[Place]] = {}
        for part, index, node in self.nodes():
            for _, called in node.calls:
                callers.setdefault(called, []).append((part.name, index))
        return callers

    def nodes(self) -> Iterator[tuple[Part, int, Node]]:
        """Yield every node with its part and its index there."""
        for part in self.by_name.values():
            for index, node in enumerate(part.nodes):
                yield part, index, node

    def node(self, place: Place) -> Node:
        """Return the node at `place`."""
        return self.by_name[place[0]].nodes[place[1]]

    def home(self, part: str, value: str) -> str:
        """Return the part in which `value`, as `part` sees it, is made."""
        seen: set[str] = set()
        current: str | None = part
        while current is not None and current in self.by_name and current not in seen:
            seen.add(current)
            here = self.by_name[current]
            if (
                value in self.producers[current]
                or value in here.constants
                or value in here.inputs
                or here.parent is None
            ):
                return current
            current = here.parent
        return part

    def slice(
        self, part: str, values: Iterable[str], stop: Collection[str] = (), most: int = 1 << 20
    ) -> dict[Place, None]:
        """Return the nodes that `values` depend on, those of parts that are called with them.

        The nearest come first. It goes on behind no operator of `stop`, and ends at `most` nodes.
        """
        walk = self._behind(part, values, stop, most)
        return {(home, index): None for home, _, index in walk if index is not None}

    def depends(
        self,
        part: str,
        value: str,
        names: Collection[str],
        stop: Collection[str] = (),
        most: int = 1 << 20,
    ) -> bool:
        """Whether a value depends on one of the values `names` of the main part."""
        walk = self._behind(part, (value,), stop, most)
        return any(name in names and home == self.parts[0].name for home, name, _ in walk)

    def _behind(
        self, part: str, values: Iterable[str], stop: Collection[str], most: int
    ) -> Iterator[tuple[str, str, int | None]]:
        """Yield the values behind `values`: the part, the name, and which node makes it."""
        pending = deque((part, value) for value in values)
        seen: set[tuple[str, str]] = set()
        while pending and most > 0:
            where, value = pending.popleft()
            value = value.removeprefix(CONTROL)
            home = self.home(where, value)
            if (home, value) in seen or home not in self.by_name:
                continue
            seen.add((home, value))
            index = self.producers[home].get(value)
            yield home, value, index
            if index is not None:
                most -= 1
                node = self.by_name[home].nodes[index]
                if node.op not in stop:
                    pending += [(home, name) for name in node.inputs]
                    pending += self._results(node)
            elif value in self.by_name[home].inputs:
                calls = len(self.callers.get(home, ()))
                most -= calls
                pending += islice(self._given(home, value), calls * _MOST_GIVEN)

    def reached(self, entries: Iterable[Entry]) -> set[Place]:
        """Return the nodes that run from `entries`: of a part that is called, all of them."""
        wanted: dict[str, dict[str, None]] = {}
        pending: list[Place] = []
        for entry in entries:
            if entry.values:
                wanted.setdefault(entry.part, {}).update(dict.fromkeys(entry.values))
            else:
                pending += self._all(entry.part)
        for part, values in wanted.items():
            pending += self.slice(part, values)
        found: set[Place] = set()
        called: set[str] = set()
        while pending:
            place = pending.pop()
            if place not in found:
                found.add(place)
                fresh = {name for _, name in self.node(place).calls} - called
                called |= fresh
                pending += [inner for name in fresh for inner in self._all(name)]
        return found

    def sources(
        self,
        part: str,
        value: str,
        through: Collection[str],
        joins: Collection[str] = (),
        most: int = 256,
    ) -> Iterator[Source]:
        """Yield where `value` comes from, looking behind the operators of `through` and `joins`.

        An input of a part that others call comes from what they call it with.
        """
        pending = [(part, value, False)]
        seen: set[tuple[str, str]] = set()
        while pending and len(seen) < most:
            where, name, joined = pending.pop()
            home = self.home(where, name)
            if (home, name) in seen or home not in self.by_name:
                continue
            seen.add((home, name))
            here = self.by_name[home]
            index = self.producers[home].get(name)
            if name in here.constants:
                yield Source(home, name, constant=here.constants[name], joined=joined)
            elif index is not None:
                node = here.nodes[index]
                if node.op in through or node.op in joins:
                    pending += [
                        (home, behind, joined or (node.op in joins and place > 0))
                        for place, behind in enumerate(node.inputs)
                        if not behind.startswith(CONTROL)
                    ]
                else:
                    yield Source(home, name, node=node, joined=joined)
            elif name in here.inputs and self.callers.get(home):
                given = islice(self._given(home, name), most)
                pending += [(at, behind, joined) for at, behind in given]
            else:
                yield Source(home, name, joined=joined)

    def excerpt(self, places: Iterable[Place], most: int = 12) -> Network:
        """Return a network of those nodes alone, the first `most` of them, for evidence."""
        parts: dict[str, Part] = {}
        for name, index in list(dict.fromkeys(places))[:most]:
            whole = self.by_name[name]
            part = parts.setdefault(name, Part(name, nodes=[], constants={}, parent=whole.parent))
            node = whole.nodes[index]
            part.nodes.append(node)
            part.constants |= {
                value: whole.constants[value] for value in node.inputs if value in whole.constants
            }
        return Network(list(parts.values()))

    def _all(self, part: str) -> Iterator[Place]:
        """Yield every node of a part, none of one that is not there."""
        here = self.by_name.get(part)
        yield from ((part, index) for index in range(len(here.nodes) if here is not None else 0))

    def _given(self, part: str, name: str) -> Iterator[tuple[str, str]]:
        """Yield what the callers of `part` give for its input `name`, as far as it can be told."""
        inputs = self.by_name[part].inputs
        position = inputs.index(name)
        for caller, at in self.callers.get(part, ()):
            given = self.by_name[caller].nodes[at].inputs
            given = tuple(value for value in given if not value.startswith(CONTROL))
            same = len(given) == len(inputs)
            for value in given[position : position + 1] if same else given:
                yield caller, value

    def _results(self, node: Node) -> list[tuple[str, str]]:
        return [
            (called, value)
            for _, called in node.calls
            if called in self.by_name
            for value in self.by_name[called].outputs
        ]
