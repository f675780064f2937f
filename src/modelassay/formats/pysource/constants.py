"""Expressions that make values: constants, displays, operators."""

from __future__ import annotations

import ast
from typing import Final

from modelassay.formats.pycode.terms import Items, Known, Value, merge
from modelassay.formats.pysource.evaluation import Evaluation, Visit

_SIGNS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Mod: "%",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}


def _constant(run: Evaluation, node: ast.Constant) -> None:
    run.values[node] = (Known(node.value),)


def _items(run: Evaluation, node: ast.Tuple | ast.List | ast.Set) -> None:
    kind = type(node).__name__.lower()
    run.values[node] = (Items(kind, tuple(run.value(item) for item in node.elts[:4096])),)


def _slice(run: Evaluation, node: ast.Slice) -> None:
    bounds = (node.lower, node.upper, node.step)
    ends = tuple((Known(None),) if bound is None else run.value(bound) for bound in bounds)
    run.values[node] = (Items("slice", ends),)


def _binary(run: Evaluation, node: ast.BinOp) -> None:
    sign = _SIGNS.get(type(node.op))
    if sign is not None:
        run.values[node] = run.folder.binary(sign, run.value(node.left), run.value(node.right))


def _unary(run: Evaluation, node: ast.UnaryOp) -> None:
    if isinstance(node.op, ast.USub):
        run.values[node] = run.folder.binary("-", (Known(0),), run.value(node.operand))


def _joined(run: Evaluation, node: ast.JoinedStr) -> None:
    parts = tuple(run.value(part) for part in node.values)
    run.values[node] = run.folder.method(Known(""), "join", [(Items("tuple", parts),)])


def _formatted(run: Evaluation, node: ast.FormattedValue) -> None:
    if node.conversion in (-1, ord("s")) and node.format_spec is None:
        run.values[node] = run.folder.function("str", [run.value(node.value)])


def _either(run: Evaluation, node: ast.IfExp) -> None:
    run.values[node] = merge(run.value(node.body), run.value(node.orelse))


def _any(run: Evaluation, node: ast.BoolOp) -> None:
    found: Value = ()
    for value in node.values:
        found = merge(found, run.value(value))
    run.values[node] = found


def _same(run: Evaluation, node: ast.Await | ast.Starred) -> None:
    run.values[node] = run.value(node.value)


VISITS: Final[dict[type[ast.AST], Visit]] = {
    ast.Constant: _constant,
    ast.Tuple: _items,
    ast.List: _items,
    ast.Set: _items,
    ast.Slice: _slice,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.IfExp: _either,
    ast.BoolOp: _any,
    ast.Await: _same,
    ast.Starred: _same,
}
