"""Read one function body: what it calls, what it does, and what cannot be followed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from .builtins_model import (
    DATA_METHODS,
    HARMLESS_BUILTINS,
    REACHING_METHODS,
    TAKES_CALLABLE,
)
from .classes import BUILTIN_NAMES, Hierarchy
from .names import (
    Class,
    Entity,
    External,
    Func,
    Function,
    Instance,
    Local,
    Made,
    ModuleRef,
    Param,
    Self,
    SuperOf,
    Value,
)
from .reviewed import Reviewed
from .scopes import absolute

MAX_VALUES = 24
ASKS = frozenset({"isinstance", "issubclass", "hasattr", "getattr", "type", "cast", "id", "callable"})
INERT_CLASS_METHODS = frozenset({"__new__", "__init__", "__init_subclass__"})


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
    """Facts of one node. Obstacles: reason -> True if it holds for framework calls (v) too."""

    calls: set[Node] = field(default_factory=set)
    obstacles: dict[str, bool] = field(default_factory=dict)
    sinks: dict[str, str] = field(default_factory=dict)

    def obstruct(self, reason: str, always: bool = True) -> None:
        """Note what prevents a proof."""
        self.obstacles[reason] = self.obstacles.get(reason, False) or always


class Reader:
    """Summarises one Target."""

    def __init__(self, target: Target, hierarchy: Hierarchy, reviewed: Reviewed) -> None:
        self.target = target
        self.func = target.func
        self.hierarchy = hierarchy
        self.world = hierarchy.world
        self.reviewed = reviewed
        self.summary = Summary()
        self.params = _parameters(self.func.node)
        self.values: dict[str, list[ast.expr | None]] = {}
        self.nested: set[str] = set()
        self.imports: dict[str, tuple[str, str | None]] = {}
        self._depth = 0

    def read(self) -> Summary:
        """Walk the body once for names, once for what it does."""
        node = self.func.node
        self._bind_names(node)
        for decorator in node.decorator_list:
            self._decorator(decorator)
        for statement in node.body:
            for child in ast.walk(statement):
                self._visit(child)
        return self.summary

    # names bound inside the body

    def _bind_names(self, node: Function) -> None:
        for child in ast.walk(node):
            match child:
                case ast.FunctionDef() | ast.AsyncFunctionDef() if child is not node:
                    self.nested.add(child.name)
                    self._bind_inner_parameters(child.args)
                case ast.Lambda(args=args):
                    self._bind_inner_parameters(args)
                case ast.ClassDef(name=name):
                    self.nested.add(name)
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._bind(target, value)
                case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(
                    target=target, value=value
                ):
                    self._bind(target, value)
                case ast.AugAssign(target=target):
                    self._bind(target, None)
                case ast.For(target=target) | ast.AsyncFor(target=target):
                    self._bind(target, None)
                case ast.comprehension(target=target):
                    self._bind(target, None)
                case ast.withitem(optional_vars=ast.expr() as target, context_expr=value):
                    self._bind(target, value)
                case ast.ExceptHandler(name=str() as name):
                    self.values.setdefault(name, []).append(None)
                case ast.Import(names=names):
                    for alias in names:
                        top = alias.name if alias.asname else alias.name.partition(".")[0]
                        self.imports[alias.asname or top] = (top, None)
                case ast.ImportFrom():
                    self._bind_import(child)
                case _:
                    pass

    def _bind_inner_parameters(self, args: ast.arguments) -> None:
        for name in _argument_names(args):
            if name not in self.params:
                self.values.setdefault(name, []).append(None)

    def _bind_import(self, node: ast.ImportFrom) -> None:
        source = self.world.file(self.func.module)
        is_package = bool(source and source.is_package)
        origin = absolute(self.func.module, is_package, node.level, node.module)
        for alias in node.names:
            self.imports[alias.asname or alias.name] = (origin, alias.name)

    def _bind(self, target: ast.expr, value: ast.expr | None) -> None:
        match target:
            case ast.Name(id=name):
                self.values.setdefault(name, []).append(value)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
                same = len(parts) == len(elts)
                for i, one in enumerate(elts):
                    self._bind(one, parts[i] if same else None)
            case ast.Starred(value=inner):
                self._bind(inner, None)
            case _:
                pass

    # what the body does

    def _visit(self, node: ast.AST) -> None:
        match node:
            case ast.Call():
                self._call(node)
            case ast.Global(names=names):
                self.summary.obstruct(f"rebinds global {names[0]}", always=False)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                for decorator in node.decorator_list:
                    self._decorator(decorator)
            case ast.Assign(targets=targets):
                for target in targets:
                    self._store(target)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                self._store(target)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._store(target)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    self._enter(item.context_expr)
            case ast.Attribute(attr=attr) if attr in REACHING_METHODS and attr.startswith("__"):
                if attr not in ("__reduce__", "__reduce_ex__"):
                    self.summary.obstruct(f"reads {attr}")
            case _:
                pass

    def _store(self, target: ast.expr) -> None:
        root = target
        if isinstance(root, ast.Tuple | ast.List):
            for one in root.elts:
                self._store(one)
            return
        if not isinstance(root, ast.Attribute | ast.Subscript):
            return
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        for entity in self.resolve(root) or []:
            if isinstance(entity, ModuleRef):
                self.summary.obstruct(f"changes module {entity.name}")
            elif isinstance(entity, Class | Func | Value):
                self.summary.obstruct(f"changes {ast.unparse(target)[:40]}", always=False)

    def _enter(self, expr: ast.expr) -> None:
        for entity in self.resolve(expr) or []:
            if isinstance(entity, Instance) and isinstance(entity.cls, Class):
                for name in ("__enter__", "__exit__"):
                    self._member_call(entity.cls, name, None, frozenset(), quiet=True)

    def _decorator(self, expr: ast.expr) -> None:
        call = isinstance(expr, ast.Call)
        base = expr.func if isinstance(expr, ast.Call) else expr
        found = self.resolve(base)
        if not found:
            if isinstance(base, ast.Attribute) and base.attr in ("setter", "getter", "deleter"):
                return
            self.summary.obstruct(f"decorator {ast.unparse(base)[:40]} not resolved")
            return
        for entity in found:
            if isinstance(entity, Func):
                self._add(Target(entity, None, _wrapped_parameters(entity.node, call)))
            elif not isinstance(entity, Local):
                self._called(entity, base, None)

    # calls

    def _call(self, node: ast.Call) -> None:
        callee = node.func
        if isinstance(callee, ast.Name) and callee.id == "super":
            return
        found = self.resolve(callee)
        if found:
            for entity in found[:MAX_VALUES]:
                self._called(entity, callee, node)
        elif isinstance(callee, ast.Attribute):
            self._unknown_method(callee.attr)
        else:
            self.summary.obstruct(f"calls {ast.unparse(callee)[:40]}, which is not resolved")
        self._callable_arguments(node)

    def _unknown_method(self, name: str) -> None:
        if name in REACHING_METHODS:
            self.summary.obstruct(f"calls .{name}()")
        elif name not in DATA_METHODS:
            self.summary.obstruct(f"calls .{name}() of an unknown object", always=False)

    def _called(self, entity: Entity, callee: ast.expr, node: ast.Call | None) -> None:
        match entity:
            case External(dotted=dotted):
                self._external(dotted, node)
            case Func():
                self._add(Target(entity, self._receiver(callee, entity), self._trust(entity, node)))
            case Class():
                if node is None or not self._type_query(entity):
                    self._add(ClassCall(entity))
            case Param(name=name):
                if name not in self.target.trusted:
                    self.summary.obstruct(f"calls its parameter {name}")
            case Self(is_class=True):
                if self.target.on:
                    self._add(ClassCall(self.target.on))
            case Self():
                self._member_call(self.target.on, "__call__", node, frozenset())
            case Instance(cls=Class() as cls):
                self._member_call(cls, "__call__", node, frozenset())
            case Made() | Local():
                pass
            case _:
                if isinstance(callee, ast.Attribute):
                    self._unknown_method(callee.attr)
                else:
                    self.summary.obstruct(f"calls {ast.unparse(callee)[:40]}, a variable")

    def _type_query(self, cls: Class) -> bool:
        return cls.dotted in ("typing.cast",)

    def _receiver(self, callee: ast.expr, func: Func) -> Class | None:
        """On which class a method runs."""
        if func.owner is None:
            return None
        if isinstance(callee, ast.Attribute):
            for entity in self.resolve(callee.value) or []:
                match entity:
                    case Self() | SuperOf():
                        return self.target.on
                    case Instance(cls=Class() as cls) | (Class() as cls):
                        if self.target.on and cls in self.hierarchy.lineage(self.target.on).order:
                            return self.target.on  # Base.__init__(self, ...)
                        return cls
                    case _:
                        pass
        return func.owner

    def _member_call(
        self,
        cls: Class | None,
        name: str,
        node: ast.Call | None,
        trusted: frozenset[str],
        quiet: bool = False,
    ) -> None:
        if cls is None:
            self.summary.obstruct(f"calls {name} of an unknown class", always=False)
            return
        base, found = self.hierarchy.find(cls, name)
        funcs = [e for e in found if isinstance(e, Func)]
        for func in funcs:
            self._add(Target(func, cls, trusted))
        if not funcs and base is None and not quiet:
            self.summary.obstruct(f"calls {name} of {cls.qualname}", always=False)

    def _add(self, node: Node) -> None:
        if isinstance(node, Target):
            dotted = node.func.dotted
        else:
            dotted = node.cls.dotted
        if self.reviewed.knows(dotted):
            self._external(dotted, None)
        else:
            self.summary.calls.add(node)

    def _external(self, dotted: str, node: ast.Call | None) -> None:
        name = dotted.removeprefix("builtins.")
        if self._special(name, node):
            return
        if effect := self.reviewed.sinks.get(dotted):
            self.summary.sinks[dotted] = effect
            self.summary.obstruct(f"calls {dotted} ({effect})")
        elif self.reviewed.inert.get(dotted) or self.reviewed.compiled.get(dotted):
            return
        elif decision := self.reviewed.allow.get(dotted):
            if "c" not in decision.forms and "v" in decision.forms:
                self.summary.obstruct(f"calls {dotted} with its arguments", always=False)
            elif "c" not in decision.forms and "n" not in decision.forms:
                self.summary.obstruct(f"calls {dotted}")
        elif name.startswith("object."):
            return
        elif name != dotted:
            if name not in HARMLESS_BUILTINS and not _is_exception(name):
                if not (method := name.rpartition(".")[2]) in DATA_METHODS | INERT_CLASS_METHODS:
                    self.summary.obstruct(f"calls builtin {method}")
        elif self._is_data_method(dotted):
            return
        elif dotted.rpartition(".")[2] in INERT_CLASS_METHODS:
            self.summary.obstruct(f"calls {dotted}, which has no source", always=False)
        else:
            self.summary.obstruct(f"calls {dotted}, which has no source")

    def _is_data_method(self, dotted: str) -> bool:
        """A method of a reviewed data type, or of a class's name or documentation."""
        owner, _, method = dotted.rpartition(".")
        if method in REACHING_METHODS:
            return False
        decision = self.reviewed.allow.get(owner)
        if decision and "n" in decision.forms:
            return method in DATA_METHODS or method.startswith("__")
        return ".__" in dotted and method in DATA_METHODS

    def _special(self, name: str, node: ast.Call | None) -> bool:
        """Builtins whose harm depends on how they are called."""
        args = node.args if node else []
        match name:
            case "getattr":
                if len(args) > 1 and not isinstance(args[1], ast.Constant):
                    if not self._is_self(args[0]):
                        self.summary.obstruct("gets an attribute by a computed name", always=False)
                return True
            case "setattr" | "delattr":
                if not (args and self._is_self(args[0])):
                    self.summary.obstruct("sets an attribute by a computed name", always=False)
                return True
            case "vars":
                self.summary.obstruct("reads the namespace of an object", always=False)
                return True
            case "type":
                if len(args) == 3:
                    self.summary.obstruct("makes a class", always=False)
                return True
            case "iter":
                if len(args) == 2:
                    self.summary.obstruct("iterates by calling")
                return True
            case _:
                return False

    def _is_self(self, expr: ast.expr) -> bool:
        return any(isinstance(e, Self | Instance) for e in self.resolve(expr) or [])

    # callables handed on

    def _inert_callable(self, expr: ast.expr) -> list[Entity]:
        found = self.resolve(expr) or []
        if found and all(isinstance(e, Func | Class | External | Local | Made) for e in found):
            return found
        return []

    def _callable_arguments(self, node: ast.Call) -> None:
        """A callable handed to another call may be called: that is an edge as well."""
        if isinstance(node.func, ast.Name) and node.func.id in ASKS:
            return
        for arg in (*node.args, *(k.value for k in node.keywords)):
            if not isinstance(arg, ast.Name | ast.Attribute):
                continue
            for entity in self._inert_callable(arg):
                if isinstance(entity, Func):
                    self._add(Target(entity, self._receiver(arg, entity)))
                elif isinstance(entity, External) and (e := self.reviewed.sinks.get(entity.dotted)):
                    self.summary.sinks[entity.dotted] = e
                    self.summary.obstruct(f"hands on {entity.dotted} ({e})")
        for entity in self.resolve(node.func) or []:
            dotted = getattr(entity, "dotted", None)
            if dotted in TAKES_CALLABLE:
                self._dispatches(dotted, node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "sort":
            self._keyed(node, "key")

    def _dispatches(self, dotted: str, node: ast.Call) -> None:
        where = TAKES_CALLABLE[dotted]
        if isinstance(where, str):
            self._keyed(node, where)
        elif len(node.args) > where:
            self._check_dispatched(node.args[where])

    def _keyed(self, node: ast.Call, keyword: str) -> None:
        for given in node.keywords:
            if given.arg == keyword:
                self._check_dispatched(given.value)

    def _check_dispatched(self, expr: ast.expr) -> None:
        if isinstance(expr, ast.Lambda) or (isinstance(expr, ast.Constant) and expr.value is None):
            return
        found = self.resolve(expr) or []
        trusted = [
            e for e in found if not isinstance(e, Param) or e.name in self.target.trusted
        ]
        callables = [e for e in trusted if isinstance(e, Func | Class | External | Local | Param)]
        if not found or len(callables) != len(found):
            self.summary.obstruct(f"has {ast.unparse(expr)[:40]} called for each item")

    def _trust(self, func: Func, node: ast.Call | None) -> frozenset[str]:
        """Parameters of the callee that are given callables known here."""
        if node is None:
            return frozenset()
        names = [a.arg for a in (*func.node.args.posonlyargs, *func.node.args.args)]
        if func.owner is not None and names and not _is_static(func.node):
            names = names[1:]
        given = dict(zip(names, node.args, strict=False))
        given.update({k.arg: k.value for k in node.keywords if k.arg})
        trusted = {
            name
            for name, expr in given.items()
            if isinstance(expr, ast.Lambda)
            or (isinstance(expr, ast.Name | ast.Attribute) and self._trusted_expr(expr))
        }
        return frozenset(trusted)

    def _trusted_expr(self, expr: ast.expr) -> bool:
        found = self.resolve(expr) or []
        return bool(found) and all(
            isinstance(e, Func | Class | External | Local | Made)
            or (isinstance(e, Param) and e.name in self.target.trusted)
            for e in found
        )

    # expressions

    def resolve(self, expr: ast.expr) -> list[Entity] | None:
        """What an expression may stand for; None if anything at all."""
        if self._depth > 12:
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
        if name in self.nested:
            return [Local()]
        if name in self.params:
            return [self._parameter(name)]
        if name in self.imports:
            module, member = self.imports[name]
            return [ModuleRef(module)] if member is None else self._follow(
                self.world.lookup(module, member)
            )
        if name in self.values:
            values = self.values[name]
            if any(v is None for v in values) or len(values) > MAX_VALUES:
                return None
            return self._union([v for v in values if v is not None])
        if found := self.world.lookup(self.func.module, name):
            return self._follow(found)
        return [External(f"builtins.{name}")] if name in BUILTIN_NAMES else None

    def _parameter(self, name: str) -> Entity:
        is_method = self.func.owner is not None and not _is_static(self.func.node)
        if is_method and name == self.params[0] and self.target.on is not None:
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
            case ast.Name(id="type") if len(expr.args) == 1 and self._is_self(expr.args[0]):
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
        if not isinstance(value, ast.Name) or value.id in self.params or value.id in self.values:
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


def _argument_names(args: ast.arguments) -> list[str]:
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return [a.arg for a in every] + [a.arg for a in (args.vararg, args.kwarg) if a]


def _parameters(node: Function) -> list[str]:
    return _argument_names(node.args)


def _named_decorators(node: Function) -> set[str]:
    return {ast.unparse(d).rpartition(".")[2] for d in node.decorator_list}


def _is_static(node: Function) -> bool:
    return "staticmethod" in _named_decorators(node)


def _is_class_method(node: Function) -> bool:
    names = _named_decorators(node)
    return "classmethod" in names or node.name in ("__new__", "__init_subclass__")


def _wrapped_parameters(node: Function, is_factory: bool) -> frozenset[str]:
    """The parameter through which a decorator receives what it wraps."""
    names = _parameters(node)[:1]
    if is_factory:
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef):
                names += _parameters(inner)[:1]
    return frozenset(names)


def _is_exception(name: str) -> bool:
    return name.endswith(("Error", "Exception", "Warning", "Iteration", "Interrupt", "Exit"))
