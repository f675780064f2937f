"""What a code object refers to: dotted names, imports and calls, with arguments where plain.

Facts only: whether a name is dangerous is for the rules.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelassay.formats.pycode.code import CodeObject
from modelassay.formats.pycode.machine import Machine, Shared
from modelassay.formats.pycode.terms import Bindings, Path, Record, Value
from modelassay.formats.pycode.values import Version, show
from modelassay.formats.pycode.versions import best_versions

_MAX_PATH = 200


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A name that code refers to, as deep as it could be told.

    `name` is dotted: `os.system`, `().__class__.__base__.__subclasses__`, `open().read`; it starts
    with `?` when what the attribute belongs to is unknown. `imported`: by an import statement or
    function (`os.*` for a star import). `called`: with `arguments` and `keywords`, each a plain
    constant, a `Symbol` (a name), a tuple of these, an `Opaque` or `UNKNOWN`. `offset` is that of
    the instruction in the code object at `path` (`f.<lambda>`), in bytes.
    """

    name: str
    called: bool
    imported: bool
    arguments: tuple[object, ...]
    keywords: tuple[tuple[str, object], ...]
    offset: int
    path: str

    def __str__(self) -> str:
        parts = [show(value, 60) for value in self.arguments]
        parts += [f"{name}={show(value, 60)}" for name, value in self.keywords]
        call = f"({', '.join(parts)})" if self.called else ""
        return f"{'import ' if self.imported else ''}{self.name}{call}"


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """All references, in order of the code; `complete` is False when a limit cut the search.

    `scopes` are the code objects inside, each with the path its references bear. `calls` tells from
    which path functions made there are called, with an empty name, or given to what is named.
    """

    found: tuple[Reference, ...]
    complete: bool
    scopes: tuple[tuple[str, CodeObject], ...] = ()
    calls: tuple[tuple[str, str, CodeObject], ...] = ()


def references(
    code: CodeObject,
    aliases: Mapping[str, str] | None = None,
    version: Version | None = None,
) -> References:
    """Everything that a code object and those nested in it refer to.

    `aliases` says what global names stand for, as the pickle around gives them to the function
    (`{"o": "os"}`). Without a version the best fitting ones are taken, all of them when several
    do, and the references joined.
    """
    found: dict[tuple[object, ...], Reference] = {}
    scopes: dict[int, tuple[str, CodeObject]] = {}
    calls: dict[tuple[str, str, int], CodeObject] = {}
    complete = True
    for chosen in (version,) if version else best_versions(code):
        names: dict[str, tuple[int, Value]] = {
            name: (-1, (Path(target),)) for name, target in (aliases or {}).items()
        }
        shared = Shared(chosen, Bindings(names))
        for machine, path in _walk(code, shared, scopes):
            for one in (_reference(record, path) for record in machine.records if record.live):
                found.setdefault((one.path, one.offset, one.name, one.called, one.imported), one)
            calls.update({(path, name, id(inner)): inner for name, inner in machine.calls})
        complete = complete and shared.steps > 0
    told = tuple((path, name, inner) for (path, name, _), inner in calls.items())
    return References(tuple(found.values()), complete, tuple(scopes.values()), told)


def _walk(
    root: CodeObject, shared: Shared, scopes: dict[int, tuple[str, CodeObject]]
) -> Iterator[tuple[Machine, str]]:
    seen = {id(root)}
    pending: list[tuple[CodeObject, str, dict[str, Value]]] = [(root, root.name, {})]
    while pending and shared.steps > 0:
        code, path, outer = pending.pop()
        machine = Machine(code, shared, outer, code is root)
        machine.run()
        yield machine, path
        prefix = "" if path == "<module>" else f"{path}."
        for child in reversed(code.children(seen)):
            free = {name: machine.locals.load(name) for name in child.freevars}
            shared.steps -= 1 + len(free) // 4
            inner = f"{prefix}{child.name}"[:_MAX_PATH]
            scopes[id(child)] = (inner, child)
            pending.append((child, inner, free))


def _reference(record: Record, path: str) -> Reference:
    return Reference(
        name=record.name,
        called=record.called,
        imported=record.imported,
        arguments=record.arguments,
        keywords=record.keywords,
        offset=record.offset,
        path=path,
    )
