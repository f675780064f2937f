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

_MAX_CODES = 2000
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


def references(
    code: CodeObject,
    aliases: Mapping[str, str] | None = None,
    version: Version | None = None,
) -> list[Reference]:
    """Everything that a code object and those nested in it refer to, in order of the code.

    `aliases` says what global names stand for, as the pickle around gives them to the function
    (`{"o": "os"}`). Without a version the best fitting ones are taken, all of them when several
    do, and the references joined.
    """
    found: dict[tuple[object, ...], Reference] = {}
    for chosen in (version,) if version else best_versions(code):
        for one in _in_version(code, aliases or {}, chosen):
            found.setdefault((one.path, one.offset, one.name, one.called, one.imported), one)
    return list(found.values())


def _in_version(
    root: CodeObject, aliases: Mapping[str, str], version: Version
) -> Iterator[Reference]:
    shared = Shared(
        version, Bindings({name: (-1, (Path(target),)) for name, target in aliases.items()})
    )
    seen: set[int] = set()
    pending: list[tuple[CodeObject, str, dict[str, Value]]] = [(root, root.name, {})]
    while pending and len(seen) < _MAX_CODES:
        code, path, outer = pending.pop()
        if id(code) in seen:
            continue
        seen.add(id(code))
        machine = Machine(code, shared, outer, code is root)
        machine.run()
        yield from (_reference(record, path) for record in machine.records if record.live)
        prefix = "" if path == "<module>" else f"{path}."
        for child in reversed(code.nested):
            free = {name: machine.locals.load(name) for name in child.freevars}
            pending.append((child, f"{prefix}{child.name}"[:_MAX_PATH], free))


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
