"""In which order the nodes of a syntax tree are evaluated, and in which scopes they stand.

Source: the Python language reference, 4.2 (naming and binding), 6.15 and 8. Decorators, bases and
defaults are evaluated in the scope around; a function without a name that is called where it
stands opens none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

import msgspec

#: A node to visit; a text opens a scope, nothing closes it.
Step: TypeAlias = "ast.AST | str | None"

#: The scope of what runs only where a file is started as a program.
MAIN: Final = "__main__"
#: What calls a function that it is given: by the last word of its name.
RUNNERS: Final = frozenset(
    (
        *("map", "filter", "sorted", "reduce", "max", "min", "starmap", "any", "all", "list"),
        *("Thread", "Timer", "Process", "submit", "apply_async", "start_new_thread", "register"),
        *("run", "run_until_complete", "call_soon", "signal", "partial", "settrace", "setprofile"),
    )
)
_LAMBDA: Final = "<lambda>"
_LONGEST_PATH: Final = 200
_OPENING: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.If)
_SIGNS: Final = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


class Scope(msgspec.Struct):
    """A scope that a module defines; a class is made of `bases` and by `makers`."""

    kind: Literal["function", "class", "main"]
    bases: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()


class Order:
    """The steps of an evaluation, children first, of the nodes that are `visited`; the scopes."""

    def __init__(self, tree: ast.Module, visited: frozenset[type[ast.AST]]) -> None:
        self.steps: list[Step] = []
        self.scopes: dict[str, Scope] = {}
        self._path: list[str] = []
        self._lambdas: dict[ast.AST, str] = {}
        self._started = not _binds_name(tree)
        pending: list[tuple[Step, bool]] = [(tree, False)]
        while pending:
            node, done = pending.pop()
            if node is None:
                self._path.pop()
                self.steps.append(node)
            elif isinstance(node, str):
                self._path.append(node)
                self.steps.append(node)
            elif done:
                self.steps.append(node)
            else:
                if type(node) in visited:
                    pending.append((node, True))
                pending += [(one, False) for one in reversed(list(self._inside(node)))]

    def _inside(self, node: ast.AST) -> Iterator[Step]:
        """Yield the nodes inside one in order, and the scope that it opens."""
        if isinstance(node, ast.Call | ast.Assign):
            self._note_lambdas(node)
        self._lambdas.update(dict.fromkeys(getattr(node, "decorator_list", ()), ""))
        name = self._defined(node) if isinstance(node, _OPENING) else ""
        if not name:
            yield from _children(node)
            return
        body = getattr(node, "body", [])
        inside = list(body) if isinstance(body, list) else [body]
        after = list(node.orelse) if isinstance(node, ast.If) else []
        apart = set(map(id, (*inside, *after)))
        yield from (one for one in _children(node) if id(one) not in apart)
        yield name
        yield from inside
        yield None
        yield from after

    def _defined(self, node: ast.AST) -> str:
        """Return the name of the scope that a node opens and note it; empty if it opens none."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name, scope = node.name, Scope("function")
        elif isinstance(node, ast.ClassDef):
            makers = _names([word.value for word in node.keywords])
            name, scope = node.name, Scope("class", _names(node.bases), makers)
        elif isinstance(node, ast.Lambda):
            name, scope = self._lambdas.get(node, _LAMBDA), Scope("function")
        elif self._started and isinstance(node, ast.If) and _is_main(node.test):
            name, scope = MAIN, Scope("main")
        else:
            return ""
        if name:
            self.scopes[".".join([*self._path, name])[:_LONGEST_PATH]] = scope
        return name

    def _note_lambdas(self, node: ast.Call | ast.Assign) -> None:
        """Name the functions without a name: by what they are bound to, or not if called here."""
        if isinstance(node, ast.Call):
            self._lambdas[node.func] = ""
            if _is_runner(node.func):
                self._lambdas.update(dict.fromkeys(node.args, ""))
        elif isinstance(node.targets[0], ast.Name):
            self._lambdas[node.value] = node.targets[0].id


def _names(nodes: list[ast.expr]) -> tuple[str, ...]:
    return tuple(one.id for one in nodes if isinstance(one, ast.Name))


def _binds_name(tree: ast.Module) -> bool:
    """Whether a module gives itself another name."""
    stored = (one for one in ast.walk(tree) if isinstance(one, ast.Name) and one.id == "__name__")
    return any(isinstance(one.ctx, ast.Store) for one in stored)


def _is_main(test: ast.expr) -> bool:
    """Whether this holds only where the file is started as a program."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(isinstance(one, ast.Compare) and _is_main(one) for one in test.values)
    if not isinstance(test, ast.Compare):
        return False
    sides = [test.left, *test.comparators]
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    texts = {side.value for side in sides if isinstance(side, ast.Constant)}
    equal = len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)
    return equal and names == {"__name__"} and texts == {MAIN}


def _is_runner(function: ast.expr) -> bool:
    """Whether what is called by this name calls what it is given, at once or soon."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in RUNNERS


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes inside one, in the order in which they are evaluated."""
    inner: list[ast.AST] = []
    for value in map(node.__dict__.get, node._fields):
        if isinstance(value, list):
            inner += [one for one in value if isinstance(one, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, _SIGNS):
            inner.append(value)
    first: ast.AST | None = None
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        first = node.value
    elif isinstance(node, ast.For | ast.AsyncFor):
        first = node.iter
    if first is None:
        yield from inner
    else:
        yield first
        yield from (child for child in inner if child is not first)
