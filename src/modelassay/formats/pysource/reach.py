"""Which scopes of a module run when it is imported: those that its outermost statements reach.

Class bodies run with the scope around them, functions where a call by their name is reached. Of a
class that is made or called, all methods Python calls by itself count as reached.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    walk = _Walk(found)
    pending = ["", _ON_IMPORT] if _ON_IMPORT in found.scopes else [""]
    while pending:
        path = pending.pop()
        if path not in walk.reached:
            walk.reached.add(path)
            pending += walk.runs(path)
    return frozenset(walk.reached)


class _Walk:
    """The scopes and records of a module, by the scope around them."""

    def __init__(self, found: Found) -> None:
        self.scopes = found.scopes
        self.reached: set[str] = set()
        self._records: dict[str, list[Record]] = {}
        self._inner: dict[str, list[str]] = {}
        self._made: set[str] = set()
        for record in found.records:
            self._records.setdefault(record.path, []).append(record)
        for path in found.scopes:
            self._inner.setdefault(path.rpartition(".")[0], []).append(path)

    def runs(self, path: str) -> Iterator[str]:
        """Yield the scopes that run with one."""
        for below in self._inner.get(path, ()):
            if self.scopes[below].kind == "class":
                yield below
                yield from self._made_of(self.scopes[below])
        for record in self._records.get(path, ()):
            yield from self._called(record)

    def _called(self, record: Record) -> Iterator[str]:
        """Yield the scopes that a record runs."""
        if not record.called and "()." not in record.name:
            return
        names = [record.name.removesuffix(".__call__")]
        if record.name.rpartition(".")[2] in RUNNERS:
            names += [one.name for one in record.arguments if isinstance(one, Symbol)]
        for name in names:
            path = self._resolve(name.replace("()", ""), record.path)
            if path and self.scopes[path].kind == "function":
                yield path
            elif path:
                yield from self._methods(path)

    def _resolve(self, name: str, path: str) -> str:
        """Return the scope that a name means where it is used, empty if it means none."""
        own = next((word for word in _OWN if name.startswith(word)), "")
        wanted = name.removeprefix(own)
        around = path
        while around:
            if f"{around}.{wanted}" in self.scopes:
                return f"{around}.{wanted}"
            around = around.rpartition(".")[0]
        if wanted in self.scopes:
            return wanted
        owner, _, method = name.rpartition(".")
        bases = self.scopes[owner].bases if owner in self.scopes else ()
        return next((one for base in bases if (one := f"{base}.{method}") in self.scopes), "")

    def _methods(self, path: str) -> Iterator[str]:
        """Yield the methods of a class and of its bases that Python calls by itself, once."""
        pending = [path]
        while pending:
            current = pending.pop()
            if current not in self._made and current in self.scopes:
                self._made.add(current)
                pending += self.scopes[current].bases
                for inner in self._inner.get(current, ()):
                    if inner.endswith("__") and inner.startswith(f"{current}.__"):
                        yield inner

    def _made_of(self, scope: Scope) -> Iterator[str]:
        """Yield what runs when a class is made: of its bases, and of its metaclass."""
        for base in scope.bases:
            if f"{base}.{_SUBCLASSED}" in self.scopes:
                yield f"{base}.{_SUBCLASSED}"
        for maker in scope.makers:
            yield from self._methods(maker)
