"""Decide the forms of every class and function of a release."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from .classes import Base
from .index import World
from .names import Class, Entity, External, Func, Made, Value
from .nodes import ClassCall, Node, Target
from .rebuilders import find_rebuilders
from .reviewed import Reviewed
from .scopes import Scope, flat
from .solve import Effect, Graph
from .sources import is_test_module

UNASKED = {"__new__": "n", "__del__": "n", "__setstate__": "s"}  # what a load runs by itself
# What filling, hashing and comparing run.
STATE_METHODS = (
    "__setattr__", "__setitem__", "append", "extend", "add", "__getattr__",
    "__getattribute__", "__hash__", "__eq__",
)  # fmt: skip
# What another callable runs that is given the object as data. Reading files as it is iterated is
# what a data set is for, and other rules say what may be iterated; these must not do worse.
DATA_METHODS = (
    "__iter__", "__next__", "__len__", "__length_hint__", "__getitem__", "__missing__",
    "__contains__", "keys", "__array__", "__bool__", "__index__", "__int__", "__float__",
    "__complex__", "__bytes__", "__str__", "__fspath__", "__lt__",
)  # fmt: skip
GRAVE = frozenset({"code", "command", "native", "load", "network"})
TELLING = GRAVE | {"file"}  # an alarm, where a load runs them unasked and not too far away
TELLING_STEPS = 4
REWIRED = {*UNASKED, "__reduce__", "__setattr__", "__getattr__"}
MAX_REEXPORT_DEPTH = 1  # `pandas.arrays`, not `transformers.models.bert`
COMPILED = "compiled: its stub proves nothing"
NOT_REBUILDER = "inert, but no object is pickled as a call of it"
MADE_FORMS = {"NewType": "v", "TypeVar": "v", "ParamSpec": "v"}


@dataclass(slots=True)
class Verdict:
    """Forms of one name, its effects, and why the other forms are missing.

    `effect` is what a call does, `unasked` what making, filling or dropping an instance does that
    is made without a call.
    """

    forms: str = ""
    effect: Effect | None = None
    is_class: bool = False
    reasons: dict[str, str] = field(default_factory=dict)
    unasked: Effect | None = None


Catalogue: TypeAlias = dict[str, dict[str, Verdict]]


class Decider:
    """Works through one release."""

    def __init__(
        self,
        world: World,
        reviewed: Reviewed,
        by_hand: bool = False,
        effects_only: bool = False,
    ) -> None:
        self.world = world
        self.reviewed = reviewed
        self.by_hand = by_hand  # forms only where a person allowed them
        self.effects_only = effects_only  # but those of methods and of imported names, too
        self.graph = Graph(world, reviewed)
        self.hierarchy = self.graph.hierarchy
        self.rebuilders: set[Func] = set()
        self._own_setters: dict[Class, list[Func]] = {}

    def decide(self) -> Catalogue:
        """Forms of everything the release itself defines, and of its public re-exports."""
        modules = [m for m in sorted(self.world.own.files) if not is_test_module(m)]
        defined = {module: list(self.definitions(module)) for module in modules}
        self.graph.grow(
            root
            for module, found in defined.items()
            if not self.reviewed.deny.get(f"{module}.*")  # known by name, not worth reading
            for entity in found
            for root in self.roots(entity)
        )
        self.graph.solve()
        self.rebuilders = find_rebuilders(self.world, modules)
        catalogue: Catalogue = {}
        for module, found in defined.items():
            for entity in found:
                self._put(catalogue, module, entity.qualname, self.verdict(entity))
        for module in modules:
            self._made(catalogue, module)
            self._reexports(catalogue, module)
            if self.effects_only:
                self._imported(catalogue, module)
        return catalogue

    def _put(self, catalogue: Catalogue, module: str, name: str, verdict: Verdict) -> None:
        dotted = f"{module}.{name}"
        decision = self.reviewed.allow.get(dotted)
        reason = self.reviewed.deny.get(dotted) or self.reviewed.sinks.get(dotted)
        if decision and (dotted in self.reviewed.allow.exact or not reason):
            verdict = Verdict(decision.forms, None, verdict.is_class)
        elif reason or self.by_hand:
            why = {"nscv": reason or "not reviewed"}
            verdict = Verdict("", verdict.effect, verdict.is_class, why, verdict.unasked)
        catalogue.setdefault(module, {})[name] = verdict

    def definitions(self, module: str) -> Iterator[Class | Func]:
        """Classes (nested ones too) and functions of a module, the last binding of a name only."""
        scope = self.world.scope(module)
        if scope is None:
            return
        for name in scope.names:
            for entity in _defined(self.world.lookup(module, name), module, name):
                yield entity
                if isinstance(entity, Class):
                    yield from self._nested(entity)
                if isinstance(entity, Class) and self.effects_only:
                    yield from self._own_methods(entity)
                break

    def _nested(self, cls: Class, depth: int = 0) -> Iterator[Class]:
        for name in self.world.class_scope(cls).names:
            for entity in self.world.member(cls, name)[:1]:
                if isinstance(entity, Class) and depth < 4:
                    yield entity
                    yield from self._nested(entity, depth + 1)

    def _own_methods(self, cls: Class) -> Iterator[Func]:
        for name in self.world.class_scope(cls).names:
            if not name.startswith("__") or name == "__call__":
                found = self.world.member(cls, name)
                yield from (e for e in found[-1:] if isinstance(e, Func) and e.owner == cls)

    # roots of the call graph

    def roots(self, entity: Class | Func) -> Iterator[Node]:
        """Nodes whose proof the forms of an entity need."""
        if isinstance(entity, Func):
            yield Target(entity, entity.owner)
            return
        yield ClassCall(entity)
        for name in (*UNASKED, *STATE_METHODS, *DATA_METHODS):
            for func in self._methods(entity, name):
                yield Target(func, entity)
        for func in self._setters(entity):
            yield Target(func, entity)

    def _methods(self, cls: Class, name: str) -> list[Func]:
        base, found = self.hierarchy.find(cls, name)
        return [func for entity in found for func in self._as_functions(entity, base)]

    def _as_functions(self, entity: Entity, base: Base | None) -> Iterator[Func]:
        """A method, or the one that a class variable is another name of."""
        if isinstance(entity, Value) and isinstance(base, Class):
            named = self.hierarchy.expression(entity.module, entity.expr, within=base) or []
            yield from (e for e in named if isinstance(e, Func))
        elif isinstance(entity, Func):
            yield entity

    def _described(self, cls: Class, call: ast.Call) -> Iterator[Func]:
        """What setting a class variable runs that `property(get, set)` or a descriptor made."""
        for made in self.hierarchy.expression(cls.module, call.func) or []:
            if isinstance(made, Class):
                yield from self._methods(made, "__set__")
            elif made == External("builtins.property"):
                given = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "fset")]
                for expr in given:
                    found = self.hierarchy.expression(cls.module, expr, within=cls) or []
                    yield from (e for e in found if isinstance(e, Func))

    def _setters(self, cls: Class) -> Iterator[Func]:
        for base in self.hierarchy.lineage(cls).order:
            if isinstance(base, Class):
                if base not in self._own_setters:
                    self._own_setters[base] = list(self._setters_of(base))
                yield from self._own_setters[base]

    def _setters_of(self, base: Class) -> Iterator[Func]:
        """What the properties and descriptors of a class body run when they are set."""
        for node in flat(base.node.body):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                yield from self._described(base, node.value)
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(d, ast.Attribute) and d.attr == "setter" for d in node.decorator_list
            ):
                yield Func(base.module, f"{base.qualname}.{node.name}", node.lineno, node, base)

    # verdicts

    def verdict(self, entity: Class | Func) -> Verdict:
        """Forms of one entity."""
        return self._class(entity) if isinstance(entity, Class) else self._function(entity)

    def _function(self, func: Func) -> Verdict:
        source = self.world.file(func.module)
        if source and source.stub:
            return Verdict(reasons={"cv": COMPILED})
        node = Target(func, func.owner)
        verdict = Verdict(effect=self.graph.effect(node))
        not_called = self.graph.why(node)
        not_value = self.graph.why(node, as_value=True)
        if not_called:
            verdict.reasons["c"] = not_called
        if not_value:
            verdict.reasons["v"] = not_value
        if not not_called and func not in self.rebuilders:
            verdict.reasons["c"] = NOT_REBUILDER
        verdict.forms = "".join(form for form in "cv" if form not in verdict.reasons)
        return verdict

    def _class(self, cls: Class) -> Verdict:
        verdict = Verdict(effect=self.graph.effect(ClassCall(cls)), is_class=True)
        checks = {
            "n": self._not_new(cls),
            "s": self._not_state(cls),
            "c": self.graph.why(ClassCall(cls)),
        }
        checks["v"] = checks["n"] or (_says(verdict.effect) if verdict.effect else None)
        checks["c"] = checks["c"] or checks["n"] or self._not_reduced(cls)
        verdict.reasons = {form: reason for form, reason in checks.items() if reason}
        verdict.forms = "".join(form for form in "nscv" if not checks[form])
        verdict.unasked = self._unasked(cls, verdict.forms)
        return verdict

    def _unasked(self, cls: Class, forms: str) -> Effect | None:
        """What a load does with an instance that was not called for, unless that form is proved."""
        for name, form in UNASKED.items():
            if form not in forms:
                for func in self._methods(cls, name):
                    effect = self.graph.effect(Target(func, cls))
                    if effect and effect.kind in TELLING and len(effect.path) <= TELLING_STEPS:
                        return _from(f"{cls.qualname}.{name}", effect)
        return None

    def _not_reduced(self, cls: Class) -> str | None:
        """Whether objects of the class are pickled as what `__new__` makes, not as a call."""
        bases = (self.hierarchy.find(cls, name)[0] for name in ("__reduce__", "__reduce_ex__"))
        return None if any(bases) else NOT_REBUILDER

    def _not_new(self, cls: Class) -> str | None:
        """Why instantiating without `__init__` is not proved inert."""
        source = self.world.file(cls.module)
        if source and source.stub:
            return COMPILED
        lineage = self.hierarchy.lineage(cls)
        if lineage.unknown:
            return lineage.unknown[0]
        return (
            self._not_external(cls, "n")
            or self._not_inert(cls, "__new__")
            or self._not_inert(cls, "__del__")
            or self._class_decorators(cls)
        )

    def _not_state(self, cls: Class) -> str | None:
        """Why setting its state is not proved inert."""
        if reason := self._not_new(cls):
            return reason
        if reason := self._not_external(cls, "s") or self._not_inert(cls, "__setstate__"):
            return reason
        watched = [f for name in STATE_METHODS for f in self._methods(cls, name)]
        for func in (*watched, *self._setters(cls)):
            if effect := self.graph.effect(Target(func, cls)):
                return _says(effect)
        for func in (f for name in DATA_METHODS for f in self._methods(cls, name)):
            effect = self.graph.effect(Target(func, cls))
            if effect and effect.kind in GRAVE:
                return _says(effect)
        return None

    def _not_external(self, cls: Class, form: str) -> str | None:
        for base in self.hierarchy.lineage(cls).order:
            if isinstance(base, External):
                decision = self.reviewed.allow.get(base.dotted)
                if decision is None or form not in decision.forms:
                    return f"base {base.dotted} has no source"
        return None

    def _not_inert(self, cls: Class, name: str) -> str | None:
        for entity in self.hierarchy.find(cls, name)[1]:
            if not isinstance(entity, Func):
                return f"{name} is not a function"
            if entity.dotted in self.reviewed.inert.exact:  # a pattern is of what others call
                continue
            if reason := self.graph.why(Target(entity, cls)):
                return reason
        return None

    def _class_decorators(self, cls: Class) -> str | None:
        for expr in cls.node.decorator_list:
            base = expr.func if isinstance(expr, ast.Call) else expr
            for entity in self.hierarchy.expression(cls.module, base) or []:
                if self.reviewed.inert.get(getattr(entity, "dotted", "")):
                    continue
                if isinstance(entity, Func) and _rewires(entity):
                    return f"decorator {ast.unparse(base)[:40]} rewires the class"
                if isinstance(entity, External):
                    return f"decorator {entity.dotted} has no source"
        return None

    # names that are bound, not defined

    def _made(self, catalogue: Catalogue, module: str) -> None:
        scope = self.world.scope(module) or Scope()
        for name in scope.names:
            for entity in self.world.lookup(module, name):
                if isinstance(entity, Made) and entity.module == module:
                    forms = MADE_FORMS.get(entity.kind, "nscv")
                    self._put(catalogue, module, name, Verdict(forms, None, True))

    def _reexports(self, catalogue: Catalogue, module: str) -> None:
        """Public names that a package's `__init__` takes from its own modules."""
        source = self.world.file(module)
        too_deep = module.count(".") > MAX_REEXPORT_DEPTH and not self.effects_only
        if not (source and source.is_package) or too_deep:
            return
        for name in self._exported(module):
            for entity in self.world.lookup(module, name)[:1]:
                match entity:
                    case Class() | Func() if entity.module != module:
                        known = catalogue.get(entity.module, {}).get(entity.qualname)
                    case Made(module=origin, name=made) if origin != module:
                        known = catalogue.get(origin, {}).get(made)
                    case _:
                        known = None
                is_new = name not in catalogue.get(module, {})
                if known and is_new and (known.forms or known.effect or known.is_class):
                    self._put(catalogue, module, name, known)

    def _imported(self, catalogue: Catalogue, module: str) -> None:
        """Names under which a module holds what has an effect and comes from elsewhere."""
        scope = self.world.scope(module) or Scope()
        for name in scope.names:
            for entity in self.world.lookup(module, name):
                if isinstance(entity, External) and (kind := self.reviewed.sink(entity.dotted)):
                    self._put(catalogue, module, name, Verdict("", Effect(kind, (entity.dotted,))))

    def _exported(self, module: str) -> Iterator[str]:
        scope = self.world.scope(module) or Scope()
        yield from (n for n in scope.names if not n.startswith("_"))
        for star in scope.stars:
            inner = self.world.scope(star)
            yield from (n for n in (inner.names if inner else ()) if not n.startswith("_"))


def _defined(found: list[Entity], module: str, name: str) -> list[Class | Func]:
    """Definitions that stand in this module under this name, the last one first."""
    return [
        e
        for e in reversed(found)
        if isinstance(e, Class | Func) and e.module == module and e.qualname == name
    ]


def _from(method: str, effect: Effect) -> Effect:
    """An effect told from a method on, whose class variable may name another one."""
    known = effect.path[0].rpartition(".")[2] == method.rpartition(".")[2]
    return effect if known else Effect(effect.kind, (method, *effect.path))


def _says(effect: Effect) -> str:
    return f"{effect.kind}: {' -> '.join(effect.path)}"


def _rewires(func: Func) -> bool:
    """Whether a class decorator touches what unpickling uses, or makes a class that does."""
    return any(_touches(node) for node in ast.walk(func.node))


def _touches(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name, ctx=ast.Store()):
            return name in REWIRED
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=name), *_]):
            return name in REWIRED
        case ast.ClassDef(body=body):
            return any(isinstance(s, ast.FunctionDef) and s.name in REWIRED for s in body)
        case _:
            return False
