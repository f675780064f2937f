"""Which scopes of a module run when it is imported: those that its outermost statements reach.

Class bodies run with the scope around them, functions where a call by their name is reached. Of a
class that is made or called, all methods Python calls by itself count as reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from modelassay.formats.pycode.terms import Symbol
from modelassay.formats.pysource.evaluation import Found, Record
from modelassay.formats.pysource.scopes import RUNNERS, Scope

#: A module's own function that `from module import name` calls.
_ON_IMPORT: Final = "__getattr__"
_SUBCLASSED: Final = "__init_subclass__"
_OWN: Final = ("self.", "cls.", "super().", "type().")


def reached_scopes(found: Found) -> frozenset[str]:
    """Return the paths of the scopes that run on import; the outermost is the empty path."""
    scopes = found.scopes
    records: dict[str, list[Record]] = {}
    for record in found.records:
        records.setdefault(record.path, []).append(record)
    inner: dict[str, list[str]] = {}
    for path in scopes:
        inner.setdefault(path.rpartition(".")[0], []).append(path)
    reached: set[str] = set()
    pending = ["", _ON_IMPORT] if _ON_IMPORT in scopes else [""]
    while pending:
        path = pending.pop()
        if path in reached:
            continue
        reached.add(path)
        for below in inner.get(path, ()):
            if scopes[below].kind == "class":
                pending.append(below)
                pending += _made_of(below, scopes)
        for record in records.get(path, ()):
            pending += _called(record, scopes)
    return frozenset(reached)


def _called(record: Record, scopes: Mapping[str, Scope]) -> Iterator[str]:
    """Yield the scopes that a record runs."""
    if not record.called and "()." not in record.name:
        return
    names = [record.name.removesuffix(".__call__")]
    if record.name.rpartition(".")[2] in RUNNERS:
        names += [one.name for one in record.arguments if isinstance(one, Symbol)]
    for name in names:
        for path in _resolve(name.replace("()", ""), record.path, scopes):
            if scopes[path].kind == "function":
                yield path
            else:
                yield from _methods(path, scopes)


def _resolve(name: str, path: str, scopes: Mapping[str, Scope]) -> Iterator[str]:
    """Yield the scope that a name means where it is used, and the methods of classes below it."""
    own = next((word for word in _OWN if name.startswith(word)), None)
    around = path
    while True:
        wanted = name.removeprefix(own) if own else name
        full = f"{around}.{wanted}" if around else wanted
        if full in scopes:
            yield full
            return
        if not around:
            break
        around = around.rpartition(".")[0]
    owner, _, method = name.rpartition(".")
    for base in scopes[owner].bases if owner in scopes else ():
        if f"{base}.{method}" in scopes:
            yield f"{base}.{method}"


def _methods(path: str, scopes: Mapping[str, Scope]) -> Iterator[str]:
    """Yield the methods of a class and of its bases that Python calls by itself."""
    seen: set[str] = set()
    pending = [path]
    while pending:
        current = pending.pop()
        if current in seen or current not in scopes:
            continue
        seen.add(current)
        pending += scopes[current].bases
        start = f"{current}.__"
        yield from (one for one in scopes if one.startswith(start) and one.endswith("__"))


def _made_of(path: str, scopes: Mapping[str, Scope]) -> Iterator[str]:
    """Yield what runs when a class is made: of its bases, and of its metaclass."""
    scope = scopes[path]
    yield from (
        f"{base}.{_SUBCLASSED}" for base in scope.bases if f"{base}.{_SUBCLASSED}" in scopes
    )
    for maker in scope.makers:
        yield from _methods(maker, scopes)
