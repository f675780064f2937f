"""Read one function body: what it calls, what it does, and what cannot be followed."""

import ast

from .assumptions import (
    DATA_METHODS,
    HARMLESS_BUILTINS,
    METHOD_EFFECTS,
    REACHING_METHODS,
    TAKES_CALLABLE,
)
from .bindings import argument_names
from .classes import Hierarchy
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
from .nodes import ClassCall, Node, Summary, Target
from .resolve import Resolver, is_static
from .reviewed import Reviewed
from .scopes import flat

ASKS = frozenset(
    {"isinstance", "issubclass", "hasattr", "getattr", "type", "cast", "id", "callable"}
)
UFUNC_METHODS = frozenset({"at", "reduce", "accumulate", "outer", "reduceat"})
INERT_CLASS_METHODS = frozenset({"__new__", "__init__", "__init_subclass__"})


class Reader(Resolver):
    """Summarises one Target."""

    def __init__(self, target: Target, hierarchy: Hierarchy, reviewed: Reviewed) -> None:
        super().__init__(target, hierarchy)
        self.reviewed = reviewed
        self.summary = Summary()

    def read(self) -> Summary:
        """Walk the body for what it does."""
        node = self.func.node
        for decorator in node.decorator_list:
            self._decorator(decorator)
        for act in self.bindings.acts:
            self._visit(act)
        if any("singledispatch" in ast.unparse(d) for d in node.decorator_list):
            for one in self.world.registered(self.func):
                self._add(Target(one, self.target.on))
        return self.summary

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
            case ast.Attribute(ctx=ast.Load(), value=ast.Name(id=name)) if (
                name in self.bindings.params[:1]
            ):
                self._read_property(node)
            case _:
                pass

    def _read_property(self, node: ast.Attribute) -> None:
        """Reading a property of the instance calls its getter."""
        for entity in self.resolve(node) or []:
            if isinstance(entity, Func) and any(map(_is_getter, entity.node.decorator_list)):
                self._add(Target(entity, self.target.on))

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
            for entity in found:
                self._called(entity, callee, node)
        elif isinstance(callee, ast.Attribute):
            self._unknown_method(callee.attr)
        else:
            self.summary.obstruct(f"calls {ast.unparse(callee)[:40]}, which is not resolved")
        self._callable_arguments(node)

    def _unknown_method(self, name: str) -> None:
        if name in REACHING_METHODS:
            self.summary.obstruct(f"calls .{name}()")
            if effect := METHOD_EFFECTS.get(name):
                self.summary.sinks[f".{name}"] = effect
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
                    optional = name in self.bindings.optional  # frameworks pass arrays, in order
                    self.summary.obstruct(f"calls its parameter {name}", always=not optional)
            case Self(is_class=True):
                if self.target.on:
                    self._add(ClassCall(self.target.on))
            case Self():
                self._member_call(self.target.on, "__call__", node, frozenset())
            case Instance(cls=Class() as cls):
                self._member_call(cls, "__call__", node, frozenset())
            case Made() | Local():
                pass
            case Value(expr=ast.Call() as made) if makers := self._makers(entity.module, made):
                for maker in makers:
                    self._add(Target(maker))
            case _:
                if isinstance(callee, ast.Attribute):
                    self._unknown_method(callee.attr)
                else:
                    self.summary.obstruct(f"calls {ast.unparse(callee)[:40]}, a variable")

    def _makers(self, module: str, call: ast.Call) -> list[Func]:
        """Functions whose call makes the function in hand, if that is all they make."""
        found = self.hierarchy.expression(module, call.func) or []
        makers = [e for e in found if isinstance(e, Func) and _makes_functions(e.node)]
        return makers if len(makers) == len(found) else []

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
        if isinstance(node, Target) and not self.world.bindings(node.func).uses_self:
            node = Target(node.func, node.func.owner, node.trusted)  # the same on every subclass
        dotted = node.func.dotted if isinstance(node, Target) else node.cls.dotted
        if self.reviewed.knows(dotted):
            self._external(dotted, None)
        else:
            self.summary.call(node)

    def _external(self, dotted: str, node: ast.Call | None) -> None:
        name = dotted.removeprefix("builtins.")
        if self._special(name, node):
            return
        if effect := self.reviewed.sink(dotted):
            self.summary.sinks[dotted] = effect
            self.summary.obstruct(f"calls {dotted} ({effect})")
        elif self._is_settled(dotted):
            return
        elif decision := self.reviewed.allow.get(dotted):
            if "c" not in decision.forms and "v" in decision.forms:
                self.summary.obstruct(f"calls {dotted} with its arguments", always=False)
            elif "c" not in decision.forms and "n" not in decision.forms:
                self.summary.obstruct(f"calls {dotted}")
        elif name != dotted:
            if not _is_harmless_builtin(name):
                self.summary.obstruct(f"calls builtin {name}")
        elif self._is_data_method(dotted):
            return
        elif dotted.rpartition(".")[2] in INERT_CLASS_METHODS:
            self.summary.obstruct(f"calls {dotted}, which has no source", always=False)
        else:
            self.summary.obstruct(f"calls {dotted}, which has no source")

    def _is_settled(self, dotted: str) -> bool:
        """Called by a body, these are inert; called by a pickle, some could exhaust the process."""
        if dotted.startswith("builtins."):
            return dotted[9:] in HARMLESS_BUILTINS
        return bool(self.reviewed.inert.get(dotted) or self.reviewed.compiled.get(dotted))

    def _is_data_method(self, dotted: str) -> bool:
        """A method of a reviewed data type, or of a class's name or documentation."""
        owner, _, method = dotted.rpartition(".")
        if method in REACHING_METHODS:
            return False
        decision = self.reviewed.allow.get(owner)
        if decision and method in UFUNC_METHODS:
            return True
        if decision and "n" in decision.forms:
            return method in DATA_METHODS or method.startswith("__")
        return ".__" in dotted and method in DATA_METHODS

    def _special(self, name: str, node: ast.Call | None) -> bool:
        """Builtins whose harm depends on how they are called."""
        args = node.args if node else []
        match name:
            case "getattr":
                computed = len(args) > 1 and not isinstance(args[1], ast.Constant)
                if computed and not self.is_self(args[0]):
                    self.summary.obstruct("gets an attribute by a computed name", always=False)
                return True
            case "setattr" | "delattr":
                if not (args and self.is_self(args[0])):
                    self.summary.obstruct("sets an attribute by a computed name", always=False)
                return True
            case "vars" if args and self.is_self(args[0]):
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
                elif isinstance(entity, External) and (e := self.reviewed.sink(entity.dotted)):
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
        trusted = [e for e in found if not isinstance(e, Param) or e.name in self.target.trusted]
        callables = [e for e in trusted if isinstance(e, Func | Class | External | Local | Param)]
        if not found or len(callables) != len(found):
            self.summary.obstruct(f"has {ast.unparse(expr)[:40]} called for each item")

    def _trust(self, func: Func, node: ast.Call | None) -> frozenset[str]:
        """Parameters of the callee that are given callables known here."""
        if node is None:
            return frozenset()
        names = [a.arg for a in (*func.node.args.posonlyargs, *func.node.args.args)]
        if func.owner is not None and names and not is_static(func.node):
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


def _wrapped_parameters(node: Function, is_factory: bool) -> frozenset[str]:
    """The parameters through which a decorator receives what it wraps."""
    names = argument_names(node.args)[:1]
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and (
            is_factory or any(_hands_on(call, inner.name, names) for call in ast.walk(node))
        ):
            names += argument_names(inner.args)[:1]
    return frozenset(names)


def _hands_on(node: ast.AST, to: str, names: list[str]) -> bool:
    """Whether a node is the call `to(name, ...)` of one of the names."""
    match node:
        case ast.Call(func=ast.Name(id=called), args=[ast.Name(id=given), *_]):
            return called == to and given in names
        case _:
            return False


def _is_getter(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).rpartition(".")[2].endswith("property")


def _makes_functions(node: Function) -> bool:
    """Whether all a function returns are functions defined in it: their bodies are read with it."""
    nested = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
    returned = [n.value for n in flat(node.body) if isinstance(n, ast.Return)]
    return bool(returned) and all(
        isinstance(value, ast.Lambda) or (isinstance(value, ast.Name) and value.id in nested)
        for value in returned
    )


def _is_harmless_builtin(name: str) -> bool:
    """A function that computes, an exception, a method of data or of `object`."""
    if name in HARMLESS_BUILTINS or name.startswith("object."):
        return True
    if name.endswith(("Error", "Exception", "Warning", "Iteration", "Interrupt", "Exit")):
        return True
    return name.rpartition(".")[2] in DATA_METHODS | INERT_CLASS_METHODS
