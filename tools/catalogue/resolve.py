"""What an expression in a function body may stand for."""

import ast
from collections.abc import Iterator

from .classes import BUILTIN_NAMES, Hierarchy
from .names import (
    Class,
    Entity,
    External,
    Func,
    Function,
    Instance,
    Local,
    ModuleRef,
    Param,
    Self,
    SuperOf,
    Value,
)
from .nodes import Target

MAX_VALUES = 24
MAX_DEPTH = 12


class Resolver:
    """Resolves expressions of one function, run on the class its target names."""

    def __init__(self, target: Target, hierarchy: Hierarchy) -> None:
        self.target = target
        self.func = target.func
        self.hierarchy = hierarchy
        self.world = hierarchy.world
        self.bindings = self.world.bindings(self.func)
        self._depth = 0

    def resolve(self, expr: ast.expr) -> list[Entity] | None:
        """What an expression may stand for; None if anything at all."""
        if self._depth > MAX_DEPTH:
            return None
        self._depth += 1
        try:
            return self._resolve(expr)
        finally:
            self._depth -= 1

    def _resolve(self, expr: ast.expr) -> list[Entity] | None:
        match expr:
            case ast.Name(id=name):
                return self._resolve_name(name)
            case ast.Attribute():
                return self._resolve_attribute(expr)
            case ast.Call():
                return self._resolve_call(expr)
            case ast.Lambda():
                return [Local()]
            case ast.IfExp(body=body, orelse=orelse):
                return self._union([body, orelse])
            case ast.BoolOp(values=values):
                return self._union(values)
            case ast.NamedExpr(value=value):
                return self.resolve(value)
            case ast.Subscript(value=value):
                return self._table(value)
            case _:
                return None

    def _union(self, exprs: list[ast.expr]) -> list[Entity] | None:
        found: list[Entity] = []
        for expr in exprs:
            if isinstance(expr, ast.Constant):
                continue
            one = self.resolve(expr)
            if not one:
                return None
            found += [e for e in one if e not in found]
        return found or None

    def _resolve_name(self, name: str) -> list[Entity] | None:
        if name in self.target.trusted:
            return [Param(name)]
        if name in self.bindings.nested:
            return [Local()]
        if name in self.bindings.params:
            return [self._parameter(name)]
        if name in self.bindings.imports:
            module, member = self.bindings.imports[name]
            return (
                [ModuleRef(module)]
                if member is None
                else self._follow(self.world.lookup(module, member))
            )
        if name in self.bindings.values:
            values = self.bindings.values[name]
            if any(v is None for v in values) or len(values) > MAX_VALUES:
                return None
            return self._union([v for v in values if v is not None])
        if found := self.world.lookup(self.func.module, name):
            return self._follow(found)
        return [External(f"builtins.{name}")] if name in BUILTIN_NAMES else None

    def _parameter(self, name: str) -> Entity:
        is_method = self.func.owner is not None and not is_static(self.func.node)
        if is_method and name == self.bindings.params[0] and self.target.on is not None:
            return Self(_is_class_method(self.func.node))
        return Param(name)

    def _follow(self, found: list[Entity]) -> list[Entity] | None:
        """Module variables that rename something, or hold an instance of a known class."""
        out: list[Entity] = []
        for entity in found:
            if not isinstance(entity, Value):
                out.append(entity)
            elif isinstance(entity.expr, ast.Call) and not _is_partial(entity.expr):
                made = self.hierarchy.expression(entity.module, entity.expr.func) or []
                out += [Instance(e) for e in made if isinstance(e, Class)] or [entity]
            elif isinstance(entity.expr, ast.Constant):
                continue
            else:
                out += self.hierarchy.expression(entity.module, entity.expr) or [entity]
        return out or None

    def _resolve_attribute(self, expr: ast.Attribute) -> list[Entity] | None:
        owners = self.resolve(expr.value)
        if not owners:
            return None
        found: list[Entity] = []
        for owner in owners:
            match owner:
                case Self() | SuperOf() | Instance():
                    one = self._instance_attribute(owner, expr.attr)
                    if not one:
                        return None
                    found += one
                case ModuleRef() | External() | Class():
                    found += self._follow(self.hierarchy.attribute(owner, expr.attr)) or []
                case _:
                    return None
        return found or None

    def _instance_attribute(self, owner: Entity, attr: str) -> list[Entity]:
        after = None
        match owner:
            case SuperOf(owner=cls):
                start, after = self.target.on or cls, cls
            case Instance(cls=Class() as cls):
                start = cls
            case Self() if self.target.on is not None:
                start = self.target.on
            case Instance(cls=External(dotted=dotted)):
                return [External(f"{dotted}.{attr}")]
            case _:
                return []
        base, found = self.hierarchy.find(start, attr, after)
        if found:
            return [e for e in found if isinstance(e, Func | Class)]
        if attr == "__class__":
            return [Self(is_class=True)]
        if isinstance(base, External):
            return [External(f"{base.dotted}.{attr}")]
        if base is None and (after is not None or hasattr(object, attr)):
            return [External(f"builtins.object.{attr}")]  # or an AttributeError
        return []

    def _resolve_call(self, expr: ast.Call) -> list[Entity] | None:
        match expr.func:
            case ast.Name(id="super"):
                return [SuperOf(self.func.owner)] if self.func.owner else None
            case ast.Name(id="type") if len(expr.args) == 1 and self.is_self(expr.args[0]):
                return [Self(is_class=True)]
            case ast.Name(id="partial") | ast.Attribute(attr="partial") if expr.args:
                return self.resolve(expr.args[0])
            case ast.Attribute(attr="__new__") if expr.args and self._is_own_class(expr.args[0]):
                return [Self()]
            case _:
                found = self.resolve(expr.func) or []
                if self.target.on:
                    found = [self.target.on if e == Self(is_class=True) else e for e in found]
                made = [Instance(e) for e in found if isinstance(e, Class)]
                return list(made) if made and len(made) == len(found) else None

    def _is_own_class(self, expr: ast.expr) -> bool:
        return any(e == Self(is_class=True) for e in self.resolve(expr) or [])

    def _table(self, value: ast.expr) -> list[Entity] | None:
        """`TABLE[key]`: any value of a module's dict or list display."""
        if (
            not isinstance(value, ast.Name)
            or value.id in self.bindings.params
            or value.id in self.bindings.values
        ):
            return None
        out: list[Entity] = []
        for entity in self.world.lookup(self.func.module, value.id):
            if not isinstance(entity, Value):
                return None
            for item in _display(entity.expr):
                found = self.hierarchy.expression(entity.module, item)
                if not found:
                    return None
                out += found
        return out or None

    def is_self(self, expr: ast.expr) -> bool:
        """Whether an expression may be the instance in hand, or one made here."""
        return any(isinstance(e, Self | Instance) for e in self.resolve(expr) or [])


def _display(expr: ast.expr) -> Iterator[ast.expr]:
    match expr:
        case ast.Dict(values=values):
            yield from values
        case ast.List(elts=elts) | ast.Tuple(elts=elts):
            yield from elts
        case _:
            yield expr


def _is_partial(call: ast.Call) -> bool:
    return ast.unparse(call.func).rpartition(".")[2] == "partial"


def _named_decorators(node: Function) -> set[str]:
    return {ast.unparse(d).rpartition(".")[2] for d in node.decorator_list}


def is_static(node: Function) -> bool:
    """Whether a method takes no instance."""
    return "staticmethod" in _named_decorators(node)


def _is_class_method(node: Function) -> bool:
    names = _named_decorators(node)
    return "classmethod" in names or node.name in ("__new__", "__init_subclass__")
