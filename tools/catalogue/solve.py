"""Proofs over the call graph: what no obstacle reaches is inert; sinks reach up to their callers.

A cycle of calls without an obstacle is inert: whatever it does, every step of it was read.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .classes import METACLASSES, Hierarchy
from .index import World
from .names import Class, External, Func
from .nodes import ClassCall, Node, Summary, Target
from .reviewed import Reviewed
from .summary import Reader

MAX_NODES = 600_000
MAX_EFFECT_STEPS = 5  # beyond that, an effect says little about what the callable is for
AFTER_INIT = ("__post_init__", "__attrs_post_init__", "_missing_")  # dataclasses, attrs, enum


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call ends up doing, and through whom."""

    kind: str
    path: tuple[str, ...]


@dataclass(slots=True)
class Graph:
    """Summaries of all nodes reached, and what follows from them."""

    world: World
    reviewed: Reviewed
    hierarchy: Hierarchy = field(init=False)
    summaries: dict[Node, Summary] = field(default_factory=dict)
    callers: dict[Node, dict[Node, None]] = field(default_factory=dict)
    blocked: dict[Node, tuple[str, Node | None]] = field(default_factory=dict)
    blocked_value: dict[Node, tuple[str, Node | None]] = field(default_factory=dict)
    effects: dict[Node, tuple[str, str, Node | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hierarchy = Hierarchy(self.world, self.reviewed)

    def grow(self, roots: Iterable[Node]) -> None:
        """Summarise the roots and everything they call.

        What a blocked node calls matters for effects only, and those only near a root.
        """
        depths = dict.fromkeys(roots, 0)
        queue = deque(depths)
        while queue:
            node = queue.popleft()
            depth = depths[node]
            summary = Summary() if len(self.summaries) > MAX_NODES else self.summarise(node)
            if len(self.summaries) > MAX_NODES:
                summary.obstruct("the call graph is too large")
            self.summaries[node] = summary
            if depth > MAX_EFFECT_STEPS and any(summary.obstacles.values()):
                continue
            for callee in summary.calls:
                self.callers.setdefault(callee, {})[node] = None
                if callee not in depths:
                    depths[callee] = depth + 1
                    queue.append(callee)

    def summarise(self, node: Node) -> Summary:
        """Facts of one node."""
        if isinstance(node, ClassCall):
            return self._class_call(node.cls)
        source = self.world.file(node.func.module)
        if source and source.stub:
            summary = Summary()
            if not self.reviewed.compiled.get(node.func.dotted):
                summary.obstruct(f"{node.func.dotted} is compiled")
            return summary
        return Reader(node, self.hierarchy, self.reviewed).read()

    def _class_call(self, cls: Class) -> Summary:
        summary = Summary()
        lineage = self.hierarchy.lineage(cls)
        source = self.world.file(cls.module)
        if source and source.stub:
            if not self.reviewed.compiled.get(cls.dotted):
                summary.obstruct(f"{cls.dotted} is compiled")
            return summary
        for unknown in lineage.unknown:
            summary.obstruct(unknown)
        for metaclass in lineage.metaclasses:
            self._member(summary, metaclass, "__call__", cls)
        for name in ("__new__", "__init__"):
            self._member(summary, cls, name, cls)
        for name in AFTER_INIT:
            for entity in self.hierarchy.find(cls, name)[1]:
                if isinstance(entity, Func):
                    summary.call(Target(entity, cls))
        return summary

    def _member(self, summary: Summary, cls: Class, name: str, on: Class) -> None:
        base, found = self.hierarchy.find(cls, name)
        for entity in found:
            if isinstance(entity, Func):
                summary.call(Target(entity, on))
            else:
                summary.obstruct(f"{name} of {cls.qualname} is not a function")
        if isinstance(base, External) and not found and base.dotted not in METACLASSES:
            decision = self.reviewed.allow.get(base.dotted)
            forms = decision.forms if decision else ""
            if "c" not in forms and not (name == "__new__" and "n" in forms):
                summary.obstruct(f"{base.dotted} has no source", always=not forms)

    def solve(self) -> None:
        """Spread obstacles and effects from callees to callers, shortest way first."""
        self.blocked = self._spread(lambda s: next(iter(s.obstacles), None))
        self.blocked_value = self._spread(
            lambda s: next((r for r, always in s.obstacles.items() if always), None)
        )
        queue: deque[Node] = deque()
        for node, summary in self.summaries.items():
            if summary.sinks:
                dotted = min(summary.sinks, key=lambda d: (SEVERITY.index(summary.sinks[d]), d))
                self.effects[node] = (summary.sinks[dotted], dotted, None)
                queue.append(node)
        steps = dict.fromkeys(queue, 1)
        while queue:
            node = queue.popleft()
            kind, dotted, _ = self.effects[node]
            for caller in self.callers.get(node, ()):
                if caller not in self.effects and steps[node] < MAX_EFFECT_STEPS:
                    self.effects[caller] = (kind, dotted, node)
                    steps[caller] = steps[node] + (not isinstance(caller, ClassCall))
                    queue.append(caller)

    def _spread(
        self, reason_of: Callable[[Summary], str | None]
    ) -> dict[Node, tuple[str, Node | None]]:
        found: dict[Node, tuple[str, Node | None]] = {}
        queue: deque[Node] = deque()
        for node, summary in self.summaries.items():
            if reason := reason_of(summary):
                found[node] = (reason, None)
                queue.append(node)
        while queue:
            node = queue.popleft()
            for caller in self.callers.get(node, ()):
                if caller not in found:
                    found[caller] = (found[node][0], node)
                    queue.append(caller)
        return found

    def why(self, node: Node, as_value: bool = False) -> str | None:
        """Why a node is not proved inert, with the way there; None if it is."""
        table = self.blocked_value if as_value else self.blocked
        if node not in table:
            return None
        way = [label(node)]
        reason, via = table[node]
        while via is not None and len(way) < 8:
            way.append(label(via))
            reason, via = table[via]
        return f"{' -> '.join(way)}: {reason}"

    def effect(self, node: Node) -> Effect | None:
        """The effect a node reaches, by the shortest way found."""
        if node not in self.effects:
            return None
        kind, sink, via = self.effects[node]
        way = [short(node)]
        while via is not None:
            if short(via) != way[-1]:
                way.append(short(via))
            via = self.effects[via][2]
        return Effect(kind, (*way, sink))


SEVERITY = (
    "code", "command", "native", "load", "network", "file", "resolve", "tamper", "process",
    "dispatch",
)  # fmt: skip


def label(node: Node) -> str:
    """Dotted name of a node, for people."""
    return node.cls.dotted if isinstance(node, ClassCall) else node.func.dotted


def short(node: Node) -> str:
    """Qualified name of a node inside its module."""
    return node.cls.qualname if isinstance(node, ClassCall) else node.func.qualname
