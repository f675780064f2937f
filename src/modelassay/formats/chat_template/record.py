"""What a template would do, written down as facts: each thing once, with how often it stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from jinja2 import nodes

from modelassay.core.facts import Limit, Location, Template
from modelassay.core.values import UNKNOWN, Const, Mapping, Sequence, Value
from modelassay.formats.chat_template.values import Items, Table, Worth
from modelassay.io.budget import Budget

Deed = Literal["get", "call", "filter", "test", "loop", "load", "emit"]

_MOST_FACTS: Final = 5000
_MOST_STEPS: Final = 400_000
_LONGEST: Final = 2000
_LONGEST_CHAIN: Final = 40
_MOST_WHEN: Final = 16


class Record:
    """Takes deeds. While `muted` nothing is kept; `limit` tells what was not followed."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.facts: dict[tuple[object, ...], Template] = {}
        self.limit: Limit | None = None
        self.muted = False
        self._steps = 0
        self._when: list[frozenset[str]] = []

    def step(self) -> None:
        """Count a step; raise `BudgetError` once the time is up, `OverflowError` after too many."""
        self._steps += 1
        if self._steps % 4096 == 0:
            self.budget.tick()
        if self._steps > _MOST_STEPS:
            raise OverflowError("the template takes too many steps to follow")

    @property
    def conditions(self) -> tuple[frozenset[str], ...]:
        """The conditions that hold here."""
        return tuple(self._when)

    @contextmanager
    def under(self, *when: frozenset[str]) -> Iterator[None]:
        """Take what comes as standing under conditions, each the constants it compares with."""
        before = len(self._when)
        self._when.extend(condition for condition in when if condition)
        try:
            yield
        finally:
            del self._when[before:]

    def emit(self, node: nodes.Node, text: str) -> None:
        """Take text that is held for output."""
        if text.strip():
            shown = text if len(text) <= _LONGEST else text[:_LONGEST]
            self.add(node, "emit", (shown,))

    def repeat(self, node: nodes.Node, what: str, times: int) -> None:
        """Take something that is done or made `times` over."""
        self.add(node, "loop", (what,), (Worth((min(times, 1 << 63),)),))

    def add(
        self, node: nodes.Node, does: Deed, chain: tuple[str, ...], args: tuple[Worth, ...] = ()
    ) -> None:
        """Take one thing the template would do."""
        if self.muted:
            return
        when = tuple(sorted(frozenset().union(*self._when)))[:_MOST_WHEN]
        chain = chain[:_LONGEST_CHAIN]
        values = tuple(value_of(arg) for arg in args)
        key = (does, chain, values, when)
        fact = self.facts.get(key)
        if fact is not None:
            fact.count += 1
        elif len(self.facts) < _MOST_FACTS:
            at = Location(path=f"line {node.lineno}")
            self.facts[key] = Template(does=does, chain=chain, args=values, when=when, at=at)
        elif self.limit is None:
            self.limit = Limit(
                name="template", message=f"more than {_MOST_FACTS} things are done", at=Location()
            )


def value_of(worth: Worth, depth: int = 0) -> Value:
    """Return a worth as the value a fact holds: its one constant, else unknown."""
    if len(worth.choices) != 1 or worth.chain or depth > 3:
        return UNKNOWN
    (choice,) = worth.choices
    if isinstance(choice, Items):
        return Sequence("list", tuple(value_of(item, depth + 1) for item in choice.items[:16]))
    if isinstance(choice, Table):
        pairs = choice.items[:16]
        return Mapping(tuple((value_of(k, depth + 1), value_of(v, depth + 1)) for k, v in pairs))
    if isinstance(choice, str) and len(choice) > _LONGEST:
        return Const(choice[:_LONGEST], len(choice))
    return Const(choice)
