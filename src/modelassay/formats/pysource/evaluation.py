"""An abstract evaluation of a syntax tree: which dotted names its expressions lead to.

Every node is visited once after its children, without recursion; names are resolved through
imports and assignments wherever they stand, twice over, so that a function may use what is defined
behind it. Constants are folded as those of bytecode are.

Every record tells the scope it stands in: functions, classes, and `__main__` for what runs only
where the file is started as a program. Decorators, bases and defaults belong to the scope around.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

from modelassay.formats.pycode.folding import Folder
from modelassay.formats.pycode.terms import Path, Value, items, merge

Visit: TypeAlias = "Callable[[Evaluation, Any], None]"

#: A node and whether its children are done; a text opens a scope, nothing closes it.
_Step: TypeAlias = "tuple[ast.AST | str | None, bool]"

UNKNOWN: Final = "?"
_MOST_RECORDS: Final = 20_000
_LONGEST_PATH: Final = 200
#: What calls a function that it is given: by the last word of its name.
RUNNERS: Final = frozenset(
    (
        *("map", "filter", "sorted", "reduce", "max", "min", "starmap", "any", "all", "list"),
        *("Thread", "Timer", "Process", "submit", "apply_async", "start_new_thread", "register"),
        *("run", "run_until_complete", "call_soon", "signal", "partial", "settrace", "setprofile"),
    )
)
_PASSES: Final = 2
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
#: The scope of what runs only where a file is started as a program.
MAIN: Final = "__main__"
#: The scope of functions without a name.
LAMBDA: Final = "<lambda>"


class Record(msgspec.Struct):
    """A name that is referred to; a longer one that starts with it takes its place."""

    name: str
    path: str
    called: bool = False
    arguments: tuple[object, ...] = ()
    live: bool = True


class Scope(msgspec.Struct):
    """A scope that a module defines; `bases` are the names a class is made of."""

    kind: Literal["function", "class", "main"]
    bases: tuple[str, ...] = ()


class Found(msgspec.Struct):
    """Records in order of the tree; not `complete` where there are too many.

    `scopes` are those of the module by their path; `variables` what its names may be.
    """

    records: list[Record]
    complete: bool
    scopes: dict[str, Scope]
    variables: dict[str, Value]


def evaluate(
    tree: ast.Module,
    visits: Mapping[type[ast.AST], Visit],
    variables: Mapping[str, Value] | None = None,
) -> Found:
    """Return what a module refers to; `visits` tells what the kinds of node do.

    `variables` are what names mean that the text itself does not define.
    """
    evaluation = Evaluation(visits)
    evaluation.variables.update(variables or {})
    for _ in range(_PASSES):
        evaluation.run(tree)
    records = [record for record in evaluation.records if record.live]
    complete = len(evaluation.records) < _MOST_RECORDS
    return Found(records, complete, evaluation.scopes, evaluation.variables)


class Evaluation:
    """The state of one evaluation: what variables and expressions may be, and what is noted."""

    def __init__(self, visits: Mapping[type[ast.AST], Visit]) -> None:
        self.visits = visits
        self.variables: dict[str, Value] = {}
        self.functions: dict[str, ast.arguments] = {}
        self.folder = Folder()
        self.records: list[Record] = []
        self.values: dict[ast.AST, Value] = {}
        self.last: dict[ast.AST, Record] = {}
        self.scope: list[str] = []
        self.scopes: dict[str, Scope] = {}
        self.lambdas: dict[ast.AST, str] = {}

    def run(self, tree: ast.Module) -> None:
        """Visit every node, children first."""
        self.records, self.values, self.last = [], {}, {}
        self.folder = Folder()
        pending: list[_Step] = [(tree, False)]
        while pending:
            node, visited = pending.pop()
            if isinstance(node, str):
                self.scope.append(node)
            elif node is None:
                self.scope.pop()
            elif visited:
                self.visits.get(type(node), _nothing)(self, node)
            else:
                pending.append((node, True))
                pending += reversed(list(self._steps(node)))

    def _steps(self, node: ast.AST) -> Iterator[_Step]:
        """Yield the nodes inside one in the order in which they are evaluated, and its scope."""
        self._note_lambdas(node)
        name = self._defined(node)
        body = _body(node) if name else []
        inside = set(map(id, body))
        after = {id(child) for child in node.orelse} if name and isinstance(node, ast.If) else set()
        children = list(_children(node))
        yield from ((one, False) for one in children if id(one) not in inside | after)
        if name:
            yield name, False
            yield from ((one, False) for one in body)
            yield None, False
        yield from ((one, False) for one in children if id(one) in after)

    def _defined(self, node: ast.AST) -> str:
        """Return the name of the scope that a node opens and note it; empty if it opens none."""
        scope = Scope("function")
        if isinstance(node, _FUNCTIONS):
            name = node.name
        elif isinstance(node, ast.ClassDef):
            bases = [*node.bases, *(word.value for word in node.keywords)]
            scope = Scope("class", tuple(one.id for one in bases if isinstance(one, ast.Name)))
            name = node.name
        elif isinstance(node, ast.Lambda):
            name = self.lambdas.get(node, LAMBDA)
        elif _is_main(node) and "__name__" not in self.variables:
            name, scope = MAIN, Scope("main")
        else:
            return ""
        if name:
            self.scopes[self.path(name)] = scope
        return name

    def _note_lambdas(self, node: ast.AST) -> None:
        """Name the functions without a name: by what they are bound to, or not if called here."""
        if isinstance(node, ast.Call):
            self.lambdas[node.func] = ""
            if _is_runner(node.func):
                self.lambdas.update(dict.fromkeys(node.args, ""))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self.lambdas[node.value] = node.targets[0].id

    def path(self, name: str = "") -> str:
        """Return the path of the scope, or of one inside it."""
        return ".".join([*self.scope, name] if name else self.scope)[:_LONGEST_PATH]

    def value(self, node: ast.AST | None) -> Value:
        """Return what an expression may be."""
        return self.values.get(node, ()) if node is not None else ()

    def record(self, name: str, node: ast.AST) -> Record:
        """Note that `node` refers to `name`."""
        record = Record(name, self.path())
        if len(self.records) < _MOST_RECORDS:
            self.records.append(record)
        self.last[node] = record
        return record

    def bind(self, target: ast.AST, value: Value) -> None:
        """Let a target have a value; tuples are taken apart."""
        if isinstance(target, ast.Name):
            self.variables[target.id] = merge(value, self.variables.get(target.id, ()))
        elif isinstance(target, ast.Tuple | ast.List):
            parts = items(value) or ()
            for inner, part in zip(target.elts, parts, strict=False):
                if isinstance(inner, ast.Name):
                    self.bind(inner, part)

    def reach(self, node: ast.AST, value: Value, replaces: ast.AST | None = None) -> None:
        """Give a node its value and note the names it leads to."""
        self.values[node] = value
        shorter = self.last.get(replaces) if replaces is not None else None
        if shorter is not None and not shorter.called:
            shorter.live = False
        for term in value:
            # What a call gave was told with the call.
            if isinstance(term, Path) and not term.name.endswith((")", "]")):
                self.record(term.name, node)

    def owners(self, node: ast.AST) -> Iterator[str]:
        """Yield the names an expression may have as the owner of something."""
        paths = [term.name for term in self.value(node) if isinstance(term, Path)]
        yield from paths or [UNKNOWN]


def _nothing(run: Evaluation, node: ast.AST) -> None:
    """Most kinds of node say nothing by themselves."""


def _body(node: ast.AST) -> list[ast.AST]:
    """Return what runs in the scope that a node opens."""
    body = getattr(node, "body", [])
    return list(body) if isinstance(body, list) else [body]


def _is_main(node: ast.AST) -> bool:
    """Whether this asks for nothing but whether the file is started as a program."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    texts = {side.value for side in sides if isinstance(side, ast.Constant)}
    equal = len(node.test.ops) == 1 and isinstance(node.test.ops[0], ast.Eq)
    return equal and names == {"__name__"} and texts == {MAIN}


def _is_runner(function: ast.expr) -> bool:
    """Whether what is called by this name calls what it is given, at once or soon."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in RUNNERS


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes inside one, in the order in which they are evaluated."""
    inner = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.value
        yield from (child for child in inner if child is not node.value)
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield node.iter
        yield from (child for child in inner if child is not node.iter)
    else:
        yield from inner
