"""The names a module's or a class's body binds, and every way each is bound."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Import:
    """`from module import name`, or `import module` when name is None."""

    module: str
    name: str | None


Binding: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.expr | Import


@dataclass(slots=True)
class Scope:
    """Names bound by a module's or a class's body, each with every way it is bound."""

    names: dict[str, list[Binding]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    def bind(self, name: str, binding: Binding) -> None:
        """Add one way in which a name is bound."""
        self.names.setdefault(name, []).append(binding)


def read_module(module: str, is_package: bool, text: str) -> Scope | None:
    """Parse a module and collect its top-level names; None if it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    scope = Scope()
    collect(tree.body, scope, module, is_package)
    return scope


def collect(body: Iterable[ast.stmt], scope: Scope, module: str, is_package: bool) -> None:
    """Bind the names of a body, branches and handlers included."""
    for statement in flat(body):
        match statement:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.bind(statement.name, statement)
            case ast.Import():
                for alias in statement.names:
                    top = alias.name if alias.asname else alias.name.partition(".")[0]
                    scope.bind(alias.asname or top, Import(top, None))
            case ast.ImportFrom():
                _bind_from(statement, scope, module, is_package)
            case ast.Assign():
                for target in statement.targets:
                    _bind_target(target, statement.value, scope)
            case ast.AnnAssign(value=ast.expr() as value):
                _bind_target(statement.target, value, scope)
            case _:
                pass


def _bind_from(node: ast.ImportFrom, scope: Scope, module: str, is_package: bool) -> None:
    origin = absolute(module, is_package, node.level, node.module)
    for alias in node.names:
        if alias.name == "*":
            scope.stars.append(origin)
        else:
            scope.bind(alias.asname or alias.name, Import(origin, alias.name))


def _bind_target(target: ast.expr, value: ast.expr, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, value)
    elif isinstance(target, ast.Attribute) and target.attr.startswith("__"):
        scope.bind(ast.unparse(target), value)  # `A.__setstate__ = f`: see World.member
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        if len(values) == len(target.elts):
            for one, its_value in zip(target.elts, values, strict=True):
                _bind_target(one, its_value, scope)


def absolute(module: str, is_package: bool, level: int, name: str | None) -> str:
    """The absolute module a (relative) import names."""
    if not level:
        return name or ""
    parts = module.split(".") if is_package else module.split(".")[:-1]
    parts = parts[: len(parts) - (level - 1)]
    return ".".join([*parts, *([name] if name else [])])


def flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a body and of the compound statements in it that open no scope."""
    for statement in body:
        yield statement
        match statement:
            case ast.If(test=ast.Compare() as test, orelse=orelse) if is_main_guard(test):
                yield from flat(orelse)
            case ast.If() | ast.For() | ast.While():
                yield from flat(statement.body)
                yield from flat(statement.orelse)
            case ast.With():
                yield from flat(statement.body)
            case ast.Match(cases=cases):
                for case in cases:
                    yield from flat(case.body)
            case ast.Try() | ast.TryStar():
                yield from flat(statement.body)
                for handler in statement.handlers:
                    yield from flat(handler.body)
                yield from flat(statement.orelse)
                yield from flat(statement.finalbody)
            case _:
                pass


def is_main_guard(test: ast.Compare) -> bool:
    """Whether a test is `__name__ == "__main__"`."""
    return isinstance(test.left, ast.Name) and test.left.id == "__name__"
