"""The names a function body binds: parameters, variables, imports, nested definitions."""

import ast

from .names import Function
from .scopes import absolute

ACTS = (
    ast.Call,
    ast.Global,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AugAssign,
    ast.AnnAssign,
    ast.Delete,
    ast.With,
    ast.AsyncWith,
    ast.Attribute,
)


class Bindings:
    """Names of one function, nested functions included: their bodies are read with it.

    `values` holds what each variable is assigned; None stands for what cannot be said. `acts` are
    the nodes that do something; `uses_self` says whether the class it runs on can matter.
    """

    def __init__(self, node: Function, module: str, is_package: bool) -> None:
        self._module = module
        self._is_package = is_package
        self.params = argument_names(node.args)
        self.optional = optional_names(node.args)
        self.values: dict[str, list[ast.expr | None]] = {}
        self.nested: set[str] = set()
        self.imports: dict[str, tuple[str, str | None]] = {}
        self.acts: list[ast.AST] = []
        self.uses_self = False
        for statement in node.body:
            self._read(statement)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self._read(default)

    def _read(self, statement: ast.AST) -> None:
        receiver = self.params[:1]
        for child in ast.walk(statement):
            if isinstance(child, ACTS):
                self.acts.append(child)
            match child:
                case ast.Name(id=name):
                    self.uses_self = self.uses_self or name == "super" or name in receiver
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.nested.add(child.name)
                    self._bind_inner_parameters(child.args)
                case ast.Lambda(args=args):
                    self._bind_inner_parameters(args)
                case ast.ClassDef(name=name):
                    self.nested.add(name)
                case ast.Import(names=names):
                    for alias in names:
                        top = alias.name if alias.asname else alias.name.partition(".")[0]
                        self.imports[alias.asname or top] = (top, None)
                case ast.ImportFrom():
                    self._bind_import(child)
                case _:
                    self._bind_values(child)

    def _bind_values(self, child: ast.AST) -> None:
        match child:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case (
                ast.AnnAssign(target=target, value=value)
                | ast.NamedExpr(target=target, value=value)
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
            case _:
                pass

    def _bind_inner_parameters(self, args: ast.arguments) -> None:
        for name in argument_names(args):
            if name not in self.params:
                self.values.setdefault(name, []).append(None)

    def _bind_import(self, node: ast.ImportFrom) -> None:
        origin = absolute(self._module, self._is_package, node.level, node.module)
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


def argument_names(args: ast.arguments) -> list[str]:
    """Names of all parameters, in order; `*args` and `**kwargs` last."""
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return [a.arg for a in every] + [a.arg for a in (args.vararg, args.kwarg) if a]


def optional_names(args: ast.arguments) -> frozenset[str]:
    """Names of the parameters that have a default."""
    positional = [*args.posonlyargs, *args.args]
    named = positional[len(positional) - len(args.defaults) :]
    named += [a for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None]
    return frozenset(a.arg for a in named)
