"""An abstract evaluation of a syntax tree: which dotted names its expressions lead to.

Every node is visited once after its children, without recursion; names are resolved through
imports and assignments wherever they stand, twice over, so that a function may use what is defined
behind it. Constants are folded as those of bytecode are.

Every record tells the scope it stands in: functions, classes, and `__main__` for what runs only
where the file is started as a program. Decorators, bases and defaults belong to the scope around.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from modelassay.formats.pycode.folding import Folder
from modelassay.formats.pycode.terms import Path, Value, items, merge
from modelassay.formats.pysource import scopes
from modelassay.formats.pysource.scopes import Step

Visit: TypeAlias = "Callable[[Evaluation, Any], None]"

UNKNOWN: Final = "?"
_MOST_RECORDS: Final = 20_000
_LONGEST_PATH: Final = 200
_PASSES: Final = 2


class Record(msgspec.Struct):
    """A name that is referred to; a longer one that starts with it takes its place.

    `imported`: an import statement names it, and nothing else does here.
    """

    name: str
    path: str
    called: bool = False
    arguments: tuple[object, ...] = ()
    live: bool = True
    imported: bool = False


class Found(msgspec.Struct):
    """Records in order of the tree; not `complete` where there are too many.

    `scopes` are those of the module by their path; `variables` what its names may be.
    """

    records: list[Record]
    complete: bool
    scopes: dict[str, scopes.Scope]
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
    order = scopes.Order(tree, frozenset(visits))
    for _ in range(_PASSES):
        evaluation.run(order.steps)
    records = [record for record in evaluation.records if record.live]
    complete = len(evaluation.records) < _MOST_RECORDS
    return Found(records, complete, order.scopes, evaluation.variables)


class Evaluation:
    """The state of one evaluation: what variables and expressions may be, and what is noted.

    `functions` have their parameters by their names, `returned` what they give; `defined` are the
    paths of all that the module defines.
    """

    def __init__(self, visits: Mapping[type[ast.AST], Visit]) -> None:
        self.visits = visits
        self.variables: dict[str, Value] = {}
        self.functions: dict[str, ast.arguments] = {}
        self.classes: set[str] = set()
        self.defined: set[str] = set()
        self.returned: dict[str, Value] = {}
        self.folder = Folder()
        self.records: list[Record] = []
        self.values: dict[ast.AST, Value] = {}
        self.last: dict[ast.AST, Record] = {}
        self.scope: list[str] = []

    def run(self, steps: Iterable[Step]) -> None:
        """Visit every node."""
        self.records, self.values, self.last = [], {}, {}
        self.folder = Folder()
        for step in steps:
            if isinstance(step, ast.AST):
                self.visits[type(step)](self, step)
            elif step is None:
                self.scope.pop()
            else:
                self.scope.append(step)

    def value(self, node: ast.AST | None) -> Value:
        """Return what an expression may be."""
        return self.values.get(node, ()) if node is not None else ()

    def record(self, name: str, node: ast.AST) -> Record:
        """Note that `node` refers to `name`."""
        record = Record(name, ".".join(self.scope)[:_LONGEST_PATH])
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
