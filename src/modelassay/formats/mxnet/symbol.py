"""Networks of MXNet (`-symbol.json`): nodes of operators in JSON.

Sources: `SaveJSON` in `nnvm/src/pass/saveload_json.cc` and `src/operator/custom` of MXNet 0.7 to
1.9. Of its operators, some call Python: `Custom` what was registered by a name, `_Native` and
`_NDArray` what lies at an address that stands in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, TooLargeError, find_json

_MARK: Final = b'"arg_nodes"'
_CALLING: Final = frozenset(("Custom", "_Native", "_NDArray", "_CustomFunction", "_contrib_Custom"))
_ATTRIBUTES: Final = ("attrs", "attr", "param")
_MOST: Final = 5000
_DEEPEST: Final = 1000


def identify(blob: Blob) -> bool:
    """Whether `blob` is an object with nodes, arguments and heads."""
    try:
        value = find_json(blob, _MARK)
    except TooLargeError:
        return True
    keys = {key for key, _ in value} if isinstance(value, Pairs) else set()
    return {"nodes", "arg_nodes", "heads"} <= keys


def parse(source: Source) -> Iterator[Event]:
    """Yield the operators that call code of elsewhere, also inside of subgraphs."""
    try:
        value = find_json(source.blob, _MARK)
    except TooLargeError as error:
        yield Incomplete(f"the network is not read: {error}")
        return
    pending: list[tuple[str, Json]] = [("", value)]
    told = 0
    while pending:
        path, graph = pending.pop()
        nodes = graph.last("nodes") if isinstance(graph, Pairs) else None
        for number, node in enumerate(nodes if isinstance(nodes, list) else ()):
            if not isinstance(node, Pairs):
                continue
            at = f"{path}nodes[{number}]"[:300]
            inner = node.last("subgraphs")
            if isinstance(inner, list) and len(pending) < _DEEPEST:
                pending += [(f"{at}.", one) for one in inner if isinstance(one, Pairs)]
            name = _called(node)
            if name is not None and told < _MOST:
                told += 1
                yield Reference(target=name, role="custom-layer", at=Location(path=at))
    if told >= _MOST:
        yield Incomplete(f"more than {_MOST} operators call code of elsewhere")


def _called(node: Pairs) -> str | None:
    """Return which code an operator calls, `None` where it is one of MXNet's own."""
    operator = node.last("op")
    if not isinstance(operator, str) or operator not in _CALLING:
        return None
    for key in _ATTRIBUTES:
        attributes: Json = node.last(key)
        name = attributes.last("op_type") if isinstance(attributes, Pairs) else None
        if isinstance(name, str):
            return f"{operator}::{name[:500]}"
    return operator
