"""Expressions that lead to names: names, attributes, items, calls."""

from __future__ import annotations

import ast
import builtins
from typing import Final

from modelassay.formats.pycode import naming
from modelassay.formats.pycode.terms import (
    Getter,
    Items,
    Known,
    Path,
    Value,
    items,
    merge,
    plain_all,
    texts,
)
from modelassay.formats.pysource.evaluation import UNKNOWN, Evaluation, Visit


def _name(run: Evaluation, node: ast.Name) -> None:
    if isinstance(node.ctx, ast.Load):
        known = run.variables.get(node.id)
        if known or hasattr(builtins, node.id):
            run.reach(node, known or (Path(node.id),))
        else:
            run.values[node] = (Path(node.id),)


def _attribute(run: Evaluation, node: ast.Attribute) -> None:
    found: Value = ()
    for term in run.value(node.value) or (Path(UNKNOWN),):
        if isinstance(term, Path):
            found = merge(found, (Path(naming.attribute(term.name, node.attr)),))
        elif isinstance(term, Known | Items):
            text = isinstance(term, Known) and isinstance(term.value, str)
            name = f"{'str' if text else UNKNOWN}.{node.attr}"
            found = merge(found, (Path(name, None, term),))
    run.reach(node, found, node.value)


def _subscript(run: Evaluation, node: ast.Subscript) -> None:
    container, key = run.value(node.value), run.value(node.slice)
    if isinstance(node.value, ast.Name) and node.value.id in run.classes:
        run.record(f"{node.value.id}.__class_getitem__", node).called = True
    folded = run.folder.item(container, key)
    if folded:
        run.values[node] = folded
        return
    words = texts(key)
    if words:
        found = tuple(Path(naming.item(o, w)) for o in run.owners(node.value) for w in words)
        run.reach(node, found[:4], node.value)
    else:
        run.values[node] = tuple(Path(f"{owner}[]") for owner in run.owners(node.value))


def _call(run: Evaluation, node: ast.Call) -> None:
    arguments = [run.value(argument) for argument in node.args]
    named = [run.value(word.value) for word in node.keywords]
    _bind_parameters(run, node.func, arguments)
    result: Value = ()
    for term in run.value(node.func):
        if isinstance(term, Path):
            result = merge(result, _called(run, node, term, arguments, named))
        elif isinstance(term, Getter) and node.args:
            owners = run.owners(node.args[0])
            found = tuple(Path(naming.attribute(o, word)) for o in owners for word in term.names)
            run.reach(node, found[:4], node.args[0])
            result = merge(result, found)
    run.values[node] = result


def _bind_parameters(run: Evaluation, function: ast.expr, arguments: list[Value]) -> None:
    """Let the parameters of a function that stands here have what it is called with."""
    known: ast.arguments | None = None
    if isinstance(function, ast.Lambda):
        known = function.args
    elif isinstance(function, ast.Name):
        known = run.functions.get(function.id)
    if known is not None:
        for parameter, value in zip([*known.posonlyargs, *known.args], arguments, strict=False):
            bound = run.variables.get(parameter.arg, ())
            run.variables[parameter.arg] = merge(value, bound)


def _called(
    run: Evaluation, node: ast.Call, path: Path, arguments: list[Value], named: list[Value]
) -> Value:
    """Note the call of one name, and return what it gives."""
    known = run.last.get(node.func)
    if known is not None and known.name == path.name and not known.called:
        known.live = False
    if isinstance(path.owner, Known | Items):
        folded = run.folder.method(path.owner, path.name.rpartition(".")[2], arguments)
        if folded:
            return folded
    record = run.record(path.name, node)
    record.called, record.arguments = True, plain_all([*arguments, *named])
    return _resolved(run, node, path.name, arguments) or _result(run, path.name, arguments)


def _resolved(run: Evaluation, node: ast.Call, name: str, arguments: list[Value]) -> Value:
    """Return what a call leads to that resolves a name, nothing for any other."""
    if name in naming.IMPORTERS and arguments:
        listed = len(node.args) > 3 or any(word.arg == "fromlist" for word in node.keywords)
        return tuple(Path(naming.imported(name, text, listed)) for text in texts(arguments[0]))
    if name == "operator.attrgetter" and len(arguments) == 1 and texts(arguments[0]):
        return (Getter(texts(arguments[0])),)
    words: tuple[str, ...] = ()
    owners: list[str] = []
    if name in naming.ATTRIBUTE_GETTERS and len(arguments) > 1:
        words, owners = texts(arguments[1]), list(run.owners(node.args[0]))
    elif name.endswith(".__getattribute__") and arguments:
        words, owners = texts(arguments[0]), [name.removesuffix(".__getattribute__")]
    found = tuple(Path(naming.attribute(owner, word)) for owner in owners for word in words)
    for suffix in naming.ITEM_METHODS:
        if name.endswith(suffix) and arguments:
            container = name.removesuffix(suffix)
            found += tuple(Path(naming.item(container, word)) for word in texts(arguments[0]))
    if found:
        run.reach(node, found[:4])
    return found[:4]


def _result(run: Evaluation, name: str, arguments: list[Value]) -> Value:
    folded = run.folder.function(name, arguments)
    if folded:
        return folded
    given = _mapped(run, name, arguments) or run.returned.get(name, ())
    if given:
        return given
    names = tuple(
        next((term.name for term in value if isinstance(term, Path)), None) for value in arguments
    )
    return (Path(naming.result(name, names)),)


def _mapped(run: Evaluation, name: str, arguments: list[Value]) -> Value:
    """Return what `map` gives of a pure function and known items."""
    parts = items(arguments[1]) if name == "map" and len(arguments) == 2 else None
    function = (
        next((term.name for term in arguments[0] if isinstance(term, Path)), "") if parts else ""
    )
    made = tuple(run.folder.function(function, [part]) for part in parts or ())
    return (Items("tuple", made),) if made and all(made) else ()


VISITS: Final[dict[type[ast.AST], Visit]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
}
