"""Macros and loops of a template that call themselves again whatever they are given.

Source: `jinja2/compiler.py` of Jinja 3.1: a macro is a function, `loop(...)` of a recursive loop
runs its body over what it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jinja2 import nodes

#: How many times something without an end is done.
ENDLESS: Final = 1 << 62
#: What stands in these may not be done: it hangs on a condition, or on how much there is.
_DEPENDING: Final = (nodes.If, nodes.For, nodes.CondExpr, nodes.And, nodes.Or, nodes.Macro)


def endless(name: str, macros: dict[str, nodes.Macro]) -> bool:
    """Whether the macro `name` comes back to itself through calls that are always made."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        for called in _always_called(macros[pending.pop()].body):
            if called == name:
                return True
            if called in macros and called not in seen:
                seen.add(called)
                pending.append(called)
    return False


def same_again(loop: nodes.For) -> bool:
    """Whether a recursive loop always runs over what it already runs over."""
    return any(
        call.args[:1] == [loop.iter]
        for call in _calls(loop.body)
        if isinstance(call.node, nodes.Name) and call.node.name == "loop"
    )


def _always_called(body: list[nodes.Node]) -> Iterator[str]:
    """Yield the names of what the statements in `body` call whatever they are given."""
    for call in _calls(body):
        if isinstance(call.node, nodes.Name):
            yield call.node.name


def _calls(body: list[nodes.Node]) -> Iterator[nodes.Call]:
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, nodes.Call):
            yield node
        if isinstance(node, nodes.If):
            pending.append(node.test)
        elif isinstance(node, nodes.For):
            pending.append(node.iter)
        elif not isinstance(node, _DEPENDING):
            pending.extend(node.iter_child_nodes())
