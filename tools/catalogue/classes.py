"""Method resolution over source, compiled and built-in bases."""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from .index import World
from .names import Class, Entity, External, Func, Made, ModuleRef, Value
from .reviewed import Reviewed

MAX_DEPTH = 60
BUILTIN_NAMES = frozenset(dir(builtins))
OBJECT = External("builtins.object")
EMPTY_BASES = frozenset({"abc.ABC"})
IGNORED_BASES = frozenset(
    {"typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "typing.Hashable"}
)
TUPLE_BASES = frozenset({"typing.NamedTuple", "typing_extensions.NamedTuple"})
DICT_BASES = frozenset({"typing.TypedDict", "typing_extensions.TypedDict"})
ABSTRACT = frozenset({"typing", "typing_extensions", "collections.abc", "collections"})
METACLASSES = frozenset(
    {"abc.ABCMeta", "builtins.type", "enum.EnumMeta", "enum.EnumType", "typing.GenericMeta"}
)

Base: TypeAlias = Class | External | Made


@dataclass(slots=True)
class Lineage:
    """A class's method resolution order, and what stood in the way of knowing it."""

    order: list[Base]
    unknown: list[str] = field(default_factory=list)
    metaclasses: list[Class] = field(default_factory=list)


class Hierarchy:
    """Resolves bases and members of classes, memoised."""

    def __init__(self, world: World, reviewed: Reviewed) -> None:
        self.world = world
        self.reviewed = reviewed
        self._lineages: dict[Class, Lineage] = {}
        self._busy: set[Class] = set()
        self._found: dict[tuple[Class, str, Class | None], tuple[Base | None, list[Entity]]] = {}

    def lineage(self, cls: Class) -> Lineage:
        """The linearisation of a class: C3 where it exists, else depth first."""
        if cls in self._lineages:
            return self._lineages[cls]
        if cls in self._busy or len(self._busy) > MAX_DEPTH:
            return Lineage([cls], [f"{cls.dotted} inherits from itself"])
        self._busy.add(cls)
        try:
            made = self._linearise(cls)
        finally:
            self._busy.discard(cls)
        self._lineages[cls] = made
        return made

    def _linearise(self, cls: Class) -> Lineage:
        lineage = Lineage([cls])
        sequences: list[list[Base]] = []
        direct: list[Base] = []
        for expr in cls.node.bases:
            found, unknown = self.bases_of(cls, expr)
            lineage.unknown += unknown
            for base in found:
                direct.append(base)
                if isinstance(base, Class):
                    parent = self.lineage(base)
                    lineage.unknown += parent.unknown
                    lineage.metaclasses += parent.metaclasses
                    sequences.append(list(parent.order))
                else:
                    sequences.append([base])
        self._metaclass(cls, lineage)
        lineage.order += merge([*sequences, direct])
        if OBJECT in lineage.order:
            lineage.order.remove(OBJECT)
        return lineage

    def _metaclass(self, cls: Class, lineage: Lineage) -> None:
        for given in _metaclasses(cls.node):
            for found in self.expression(cls.module, given) or [External("?")]:
                if isinstance(found, Class | External) and found.dotted in METACLASSES:
                    continue
                if isinstance(found, Class):
                    lineage.metaclasses.append(found)
                else:
                    lineage.unknown.append(f"metaclass {ast.unparse(given)}")

    def bases_of(self, cls: Class, expr: ast.expr) -> tuple[list[Base], list[str]]:
        """What one base expression may be, and what of it is not known."""
        if isinstance(expr, ast.Subscript):  # Generic[T]
            return self.bases_of(cls, expr.value)
        if isinstance(expr, ast.Call):
            return self._made_base(cls, expr)
        if isinstance(expr, ast.Starred):
            return [], [f"base {ast.unparse(expr)}"]
        found: list[Base] = []
        for entity in self.expression(cls.module, expr, within=cls) or []:
            match entity:
                case External(dotted=dotted) if dotted in IGNORED_BASES:
                    return [], []
                case External(dotted=dotted) | Func(dotted=dotted) if dotted in TUPLE_BASES:
                    found.append(External("builtins.tuple"))
                case External(dotted=dotted) | Func(dotted=dotted) if dotted in DICT_BASES:
                    found.append(External("builtins.dict"))
                case External(dotted=dotted) if not self._is_leaf(dotted):
                    found.append(self._source_of(dotted) or entity)
                case Class() | External() | Made():
                    if entity != cls and entity not in found:
                        found.append(entity)
                case _:
                    pass
        return found, [] if found else [f"base {ast.unparse(expr)[:60]}"]

    def _source_of(self, dotted: str) -> Class | None:
        """The class statement of a settled base; typing's are those of collections."""
        module, _, name = dotted.rpartition(".")
        if module in ABSTRACT and (found := self.world.behind(f"_collections_abc.{name}")):
            return found
        return self.world.behind(dotted)

    def _is_leaf(self, dotted: str) -> bool:
        """Whether a person settled what inheriting from a name means."""
        decision = self.reviewed.allow.get(dotted)
        return bool(decision and "n" in decision.forms)

    def _made_base(self, cls: Class, call: ast.Call) -> tuple[list[Base], list[str]]:
        name = ast.unparse(call.func).rpartition(".")[2]
        if name == "namedtuple":
            return [External("builtins.tuple")], []
        if name == "with_metaclass":  # six: with_metaclass(meta, *bases)
            pairs = [self.bases_of(cls, arg) for arg in call.args[1:]]
            return [b for bases, _ in pairs for b in bases], [u for _, us in pairs for u in us]
        return [], [f"base {ast.unparse(call)[:60]}"]

    def expression(
        self, module: str, expr: ast.expr, within: Class | None = None, depth: int = 0
    ) -> list[Entity] | None:
        """Resolve a constant expression read at module or class level."""
        if depth > 12:
            return None
        match expr:
            case ast.Name(id=name):
                return self._name(module, name, within, depth)
            case ast.Attribute(value=value, attr=attr):
                owners = self.expression(module, value, within, depth + 1)
                if owners is None:
                    return None
                return self._settle(
                    [e for owner in owners for e in self.attribute(owner, attr)], depth
                )
            case ast.IfExp(body=body, orelse=orelse):
                sides = [
                    self.expression(module, side, within, depth + 1) for side in (body, orelse)
                ]
                return [e for side in sides if side for e in side] or None
            case ast.Subscript(value=value):
                return self.expression(module, value, within, depth + 1)
            case ast.Call(
                func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[f, *_]
            ):
                return self.expression(module, f, within, depth + 1)
            case _:
                return None

    def _name(
        self, module: str, name: str, within: Class | None, depth: int
    ) -> list[Entity] | None:
        if within is not None and (inner := self.world.member(within, name)):
            return self._settle(inner, depth)
        found = self.world.lookup(module, name)
        if found:
            return self._settle(found, depth)
        if name in BUILTIN_NAMES:
            return [External(f"builtins.{name}")]
        return None

    def _settle(self, found: list[Entity], depth: int) -> list[Entity]:
        """Follow module variables that only rename something."""
        settled: list[Entity] = []
        for entity in found:
            if isinstance(entity, Value) and isinstance(
                entity.expr, ast.Name | ast.Attribute | ast.IfExp | ast.Call
            ):
                settled += self.expression(entity.module, entity.expr, None, depth + 1) or [entity]
            else:
                settled.append(entity)
        return settled

    def attribute(self, owner: Entity, attr: str) -> list[Entity]:
        """An attribute of a module, class or thing without source; empty if not known."""
        match owner:
            case ModuleRef(name=name):
                return self.world.lookup(name, attr, hops=1)
            case External(dotted=dotted):
                return [External(f"{dotted}.{attr}")]
            case Class():
                return self.find(owner, attr)[1]
            case _:
                return []

    def find(
        self, cls: Class, name: str, after: Class | None = None
    ) -> tuple[Base | None, list[Entity]]:
        """The first class in the order (past `after`) that binds a name, and what it binds it to.

        An External or Made class that may bind it ends the search with no entities.
        """
        if self._busy:  # what a lineage in the making finds may be incomplete
            return self._find(cls, name, after)
        key = (cls, name, after)
        if key not in self._found:
            self._found[key] = self._find(cls, name, after)
        return self._found[key]

    def _find(self, cls: Class, name: str, after: Class | None) -> tuple[Base | None, list[Entity]]:
        order = self.lineage(cls).order
        if after is not None and after in order:
            order = order[order.index(after) + 1 :]
        for base in order:
            if not isinstance(base, Class):
                if _may_bind(base, name):
                    return base, []
            elif found := self.world.member(base, name):
                return base, found
        return None, []


def _metaclasses(node: ast.ClassDef) -> Iterator[ast.expr]:
    """What a class statement names as its metaclass: by keyword, or by the helpers of six."""
    for keyword in node.keywords:
        if keyword.arg == "metaclass":
            yield keyword.value
    for expr in (*node.bases, *node.decorator_list):
        if (
            isinstance(expr, ast.Call)
            and expr.args
            and ast.unparse(expr.func).endswith(("with_metaclass", "add_metaclass"))
        ):
            yield expr.args[0]


def _may_bind(base: Base, name: str) -> bool:
    """Whether a base without source may define a name: assume what its type is known to have."""
    if isinstance(base, Made):
        return name == "__new__"
    if base.dotted in EMPTY_BASES:
        return False
    if base.dotted.startswith("builtins."):
        kind = getattr(builtins, base.dotted[9:], None)
        return kind is None or getattr(kind, name, None) is not getattr(object, name, None)
    return True


def merge(sequences: list[list[Base]]) -> list[Base]:
    """C3 merge; where no consistent order exists, first come first served."""
    left = [list(s) for s in sequences if s]
    order: list[Base] = []
    while left:
        head = next(
            (s[0] for s in left if not any(s[0] in other[1:] for other in left)), left[0][0]
        )
        order.append(head)
        left = [[b for b in s if b != head] for s in left]
        left = [s for s in left if s]
    return order
