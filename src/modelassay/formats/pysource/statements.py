"""Statements, and what else binds names: imports, assignments, loops, parameters."""

from __future__ import annotations

import ast
from typing import Final

from modelassay.formats.pycode.terms import Path, Value, items, merge
from modelassay.formats.pysource.evaluation import Evaluation, Visit


def _import(run: Evaluation, node: ast.Import) -> None:
    for alias in node.names:
        run.record(alias.name, node).imported = True
        bound = alias.asname or alias.name.partition(".")[0]
        target = alias.name if alias.asname else bound
        run.variables[bound] = merge((Path(target),), run.variables.get(bound, ()))


def _import_from(run: Evaluation, node: ast.ImportFrom) -> None:
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        path = Path(f"{module}.{alias.name}" if node.module else f"{module}{alias.name}")
        run.record(path.name, node).imported = True
        bound = alias.asname or alias.name
        run.variables[bound] = merge((path,), run.variables.get(bound, ()))


def _function(run: Evaluation, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    run.functions[node.name] = node.args
    run.defined.add(".".join([*run.scope, node.name]))
    _decorate(run, node)


def _class(run: Evaluation, node: ast.ClassDef) -> None:
    run.classes.add(node.name)
    run.defined.add(".".join([*run.scope, node.name]))
    _decorate(run, node)


def _return(run: Evaluation, node: ast.Return) -> None:
    """Note what the function gives; what is defined in it by its path."""
    given: Value = ()
    for term in run.value(node.value):
        inner = ".".join([*run.scope, term.name]) if isinstance(term, Path) else ""
        given = merge(given, (Path(inner) if inner in run.defined else term,))
    if run.scope:
        run.returned[run.scope[-1]] = merge(given, run.returned.get(run.scope[-1], ()))


def _decorate(run: Evaluation, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    """Note that what stands above a definition is called with it."""
    for decorator in node.decorator_list:
        for term in run.value(decorator):
            if isinstance(term, Path):
                run.record(term.name, node).called = True


def _assign(run: Evaluation, node: ast.Assign) -> None:
    for target in node.targets:
        run.bind(target, run.value(node.value))


def _assign_more(run: Evaluation, node: ast.AugAssign) -> None:
    if isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add):
        before = run.variables.get(node.target.id, ())
        run.bind(node.target, run.folder.binary("+", before, run.value(node.value)))


def _assign_one(run: Evaluation, node: ast.AnnAssign | ast.NamedExpr) -> None:
    run.bind(node.target, run.value(node.value))
    if isinstance(node, ast.NamedExpr):
        run.values[node] = run.value(node.value)


def _for(run: Evaluation, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
    for part in items(run.value(node.iter)) or ():
        run.bind(node.target, part)


def _with(run: Evaluation, node: ast.withitem) -> None:
    if node.optional_vars is not None:
        run.bind(node.optional_vars, run.value(node.context_expr))


def _arguments(run: Evaluation, node: ast.arguments) -> None:
    """Bind parameters to their defaults."""
    plain = [*node.posonlyargs, *node.args]
    behind = plain[len(plain) - len(node.defaults) :]
    pairs = [*zip(behind, node.defaults, strict=False)]
    pairs += [(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=False) if d]
    for parameter, default in pairs:
        bound = run.variables.get(parameter.arg, ())
        run.variables[parameter.arg] = merge(run.value(default), bound)


VISITS: Final[dict[type[ast.AST], Visit]] = {
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Return: _return,
    ast.Assign: _assign,
    ast.AugAssign: _assign_more,
    ast.AnnAssign: _assign_one,
    ast.NamedExpr: _assign_one,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.comprehension: _for,
    ast.withitem: _with,
    ast.arguments: _arguments,
}
