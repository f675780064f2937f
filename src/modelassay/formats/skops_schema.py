"""The schema of a skops file: a tree of nodes, each with a class, a module and a loader.

Source: `skops/io/_general.py`, `_sklearn.py`, `_numpy.py`, `_scipy.py` of skops 0.2 to 0.16. The
loader decides what is done with the class: a node tells of the same imports, calls and states as a
pickle would. A loader that does not fit its class is a lie: what is audited is then not what runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

from modelassay.core.facts import Anomaly, Call, Import, Location, Metadata, StateUpdate
from modelassay.core.values import Const, Made, Mapping, Name, Sequence, Unknown, Value
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, JsonError, Pairs, read_json

_LARGEST: Final = 64 << 20
_DEEPEST: Final = 6
_MOST_ITEMS: Final = 40

#: Loaders that make one thing, and the classes they are written for.
_MADE_FOR: Final[dict[str, frozenset[str]]] = {
    "JsonNode": frozenset({"builtins.str"}),
    "SliceNode": frozenset({"builtins.slice"}),
    "BytesNode": frozenset({"builtins.bytes"}),
    "BytearrayNode": frozenset({"builtins.bytearray"}),
    "PartialNode": frozenset({"functools.partial"}),
    "DefaultDictNode": frozenset({"collections.defaultdict"}),
    "DTypeNode": frozenset({"numpy.dtype"}),
    "OperatorFuncNode": frozenset(
        f"{module}.{name}"
        for module in ("operator", "_operator")
        for name in ("attrgetter", "itemgetter", "methodcaller")
    ),
}
#: Loaders that fill a container of the class they are given.
_CONTAINERS: Final = frozenset({"DictNode", "ListNode", "SetNode", "TupleNode"})
_NAMES: Final = frozenset({"TypeNode", "FunctionNode"})
_DATA: Final = frozenset({"JsonNode", "SliceNode", "BytesNode", "BytearrayNode", "DTypeNode"})


def identify(blob: Blob) -> bool:
    """Only read as the member of a skops file."""
    return False


def parse(source: Source) -> Iterator[Event]:
    """Yield the facts of every node."""
    if source.blob.size > _LARGEST:
        yield Incomplete(f"the schema is larger than {_LARGEST} bytes")
        return
    try:
        tree = read_json(source.blob.head(_LARGEST))
    except JsonError as error:
        at = Location(error.offset)
        yield Anomaly(kind="skops-schema", message=f"the schema is no JSON: {error}", at=at)
        yield Incomplete("the schema is no JSON")
        return
    pending: list[tuple[str, Json]] = [("schema", tree)]
    while pending:
        path, current = pending.pop()
        if isinstance(current, Pairs):
            if current.last("__loader__") is not None or current.last("__class__") is not None:
                yield from _node(current, Location(path=path))
            inside = [(f"{path}.{key}", inner) for key, inner in current]
            pending.extend(inside[::-1])
        elif isinstance(current, list):
            items = [(f"{path}[{i}]", cast(Json, item)) for i, item in enumerate(current)]
            pending.extend(items[::-1])


def _node(node: Pairs, at: Location) -> Iterator[Event]:
    for key in node.duplicates():
        yield Anomaly(kind="duplicate-key", message=f"the key {key} stands twice", at=at)
    version = node.last("_skops_version")
    if isinstance(version, str):
        yield Metadata(key="skops version", value=Const(version), at=at)
    loader, name = str(node.last("__loader__")), _name(node)
    if loader in _MADE_FOR and f"{name.module}.{name.qualname}" not in _MADE_FOR[loader]:
        message = f"{loader} is not for {name.module}.{name.qualname}"
        yield Anomaly(kind="skops-loader", message=message, values=(Const(loader), name), at=at)
    if loader not in _DATA and not (loader in _CONTAINERS and name.module == "builtins"):
        yield Import(name=name, at=at)
        yield from _construction(node, loader, name, at)


def _construction(node: Pairs, loader: str, name: Name, at: Location) -> Iterator[Event]:
    """Yield what the loader does with the class of a node."""
    content = node.last("content")
    if loader in _NAMES:
        return
    if loader == "OperatorFuncNode":
        function = Name("operator", name.qualname)
        yield Call(callable=function, args=_tuple(node.last("attrs")), at=at)
    elif loader == "MethodNode" and isinstance(content, Pairs):
        method = Const(str(content.last("func")))
        owner = _value(content.last("obj"))
        yield Call(callable=Name("builtins", "getattr"), args=(owner, method), at=at)
    elif loader == "PartialNode" and isinstance(content, Pairs):
        args = (_value(content.last("func")), *_tuple(content.last("args")))
        yield Call(callable=Name("functools", "partial"), args=args, at=at)
    elif loader == "ConstructorFromReduceNode":
        yield Call(callable=name, args=_tuple(content), at=at)
    elif loader in _CONTAINERS or loader == "DefaultDictNode":
        yield Call(callable=name, via="new", at=at)
    elif isinstance(reduced := node.last("__reduce__"), Pairs):
        yield Call(callable=name, args=_tuple(reduced.last("args")), at=at)
    else:
        yield Call(callable=name, via="new", at=at)
        if isinstance(content, Pairs):
            target = Made(name, new=True)
            yield StateUpdate(target=target, state=_value(content), at=at)


def _name(node: Pairs) -> Name:
    return Name(str(node.last("__module__")), str(node.last("__class__")))


def _tuple(node: Json) -> tuple[Value, ...]:
    value = _value(node)
    return value.items if isinstance(value, Sequence) else (value,)


def _value(node: Json, depth: int = 0) -> Value:
    """Return what a node stands for, bounded in depth."""
    if not isinstance(node, Pairs) or depth > _DEEPEST:
        return Unknown("left out")
    loader, content, name = str(node.last("__loader__")), node.last("content"), _name(node)
    if loader == "JsonNode":
        return _plain(content)
    if loader in _NAMES:
        return name
    if loader in _CONTAINERS - {"DictNode"} and isinstance(content, list):
        nodes: list[Json] = content[:_MOST_ITEMS] if not isinstance(content, Pairs) else []
        items = tuple(_value(item, depth + 1) for item in nodes)
        return Sequence("tuple", items, len(content) - len(items))
    if loader == "DictNode" and isinstance(content, Pairs):
        pairs = [(Const(key), _value(inner, depth + 1)) for key, inner in content[:_MOST_ITEMS]]
        return Mapping(tuple(pairs), len(content) - len(pairs))
    return Made(name, new=True)


def _plain(content: Json) -> Value:
    """Return the constant that a JsonNode holds as JSON text."""
    try:
        plain = json.loads(content) if isinstance(content, str) else content
    except (ValueError, RecursionError):
        return Unknown("no JSON")
    if plain is None or isinstance(plain, bool | int | float | str):
        return Const(plain)
    return Unknown("left out")
