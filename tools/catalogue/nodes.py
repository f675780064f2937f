"""Nodes of the call graph, and what is known of each."""

from dataclasses import dataclass, field
from typing import TypeAlias

from .names import Class, Func


@dataclass(frozen=True, slots=True)
class Target:
    """A function to prove: on which class it runs, and which parameters hold inert callables."""

    func: Func
    on: Class | None = None
    trusted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ClassCall:
    """A call of a class: its metaclass, `__new__` and `__init__`."""

    cls: Class


Node: TypeAlias = Target | ClassCall


@dataclass(slots=True)
class Summary:
    """Facts of one node. Obstacles: reason -> True if it holds for framework calls (v) too.

    Calls are kept in the order of the source: of ways of one length the first is told.
    """

    calls: dict[Node, None] = field(default_factory=dict)
    obstacles: dict[str, bool] = field(default_factory=dict)
    sinks: dict[str, str] = field(default_factory=dict)

    def call(self, node: Node) -> None:
        """Note what is called."""
        self.calls[node] = None

    def obstruct(self, reason: str, always: bool = True) -> None:
        """Note what prevents a proof."""
        self.obstacles[reason] = self.obstacles.get(reason, False) or always
