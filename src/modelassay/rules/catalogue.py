"""The catalogue of callables: what is known of a name a file would import.

The data lies beside this module, one file a package, loaded by the top-level module of the name
in hand. Three kinds: generated files that say in which forms a name is harmless, or only what has
an effect, `effects.json` that says what the dangerous ones do, `arguments.json` for those that are
harmless with some arguments only. How they are made, and how to add to them:
docs/internals/catalogue.md.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from modelassay.core.values import Name

_DATA: Final = Path(__file__).parent / "data" / "callables"

#: Effect words of the data, and the rules that report them.
EFFECTS: Final = {
    "code": "code-execution",
    "command": "command-execution",
    "file": "file-access",
    "network": "network-access",
    "native": "native-code",
    "load": "nested-load",
    "resolve": "name-resolution",
    "dispatch": "callback-dispatch",
    "process": "process-control",
    "tamper": "scanner-tampering",
}


#: Classes of a TorchScript archive's own code, which is judged where it stands.
TORCHSCRIPT: Final = "__torch__"


class Effect(msgspec.Struct, frozen=True):
    """What calling a callable does: one of `EFFECTS`, and a clause that says it.

    `exact` is false where it is known of the whole module or package, not of this name. `known` is
    false where the generator found it: calling does it, holding or making an instance may not.
    """

    kind: str
    what: str
    exact: bool
    known: bool = True


class Entry(msgspec.Struct, frozen=True):
    """What is known of a name.

    `effect` is what calling it does, `unasked` the form, `n` or `s`, in which a file uses it
    without a call and what that does.
    `covered`: its package is in the catalogue, so that an honest file names only what is allowed.
    `listed`: the name itself is in it. `forms`: letters in which naming it is harmless, `n` made
    without `__init__`, `s` its state set, `c` called with data, `v` held as a value.
    `complete`: every version of the package is known, so no name can be from a newer one.
    """

    forms: str = ""
    effect: Effect | None = None
    unasked: tuple[str, Effect] | None = None
    package: str = ""
    covered: bool = False
    listed: bool = False
    complete: bool = False


class _Package(msgspec.Struct):
    """A generated file. `scope`: whether it tells of all names, or of those with effects only."""

    package: str
    names: dict[str, msgspec.Raw]
    scope: Literal["names", "effects"] = "names"

    def of(self, module: str) -> dict[str, str]:
        """Return what is said of the names of a module."""
        return _decoded(self.names, module)


class _Index(msgspec.Struct):
    modules: dict[str, str]


class _Effects(msgspec.Struct):
    modules: dict[str, msgspec.Raw]
    packages: dict[str, str]
    verbs: dict[str, str]

    def of(self, module: str) -> dict[str, str]:
        """Return what the names of a module do."""
        return _decoded(self.modules, module)


def _decoded(modules: dict[str, msgspec.Raw], module: str) -> dict[str, str]:
    """Decode what stands of one module: of thousands a scan asks for a few, and again."""
    known = modules.get(module)
    return {} if known is None else _decode(bytes(known))


@lru_cache(256)
def _decode(data: bytes) -> dict[str, str]:
    names: dict[str, str] = msgspec.json.decode(data, type=dict[str, str])
    return names


class Arguments(msgspec.Struct):
    """The conditions of `arguments.json`: by callable, by a pattern of names, with their lists."""

    aliases: dict[str, str]
    callables: dict[str, dict[str, Any]]
    families: dict[str, dict[str, Any]]
    lists: dict[str, list[str]]


@cache
def look_up(name: Name) -> Entry:
    """Return what is known of `name`, of an uncovered module under the name it is covered by.

    A compiled module may bear the name under which it was built, without its package.
    """
    entry = _look_up(name)
    module = arguments().aliases.get(name.module)
    if entry.covered or module is None:
        return entry
    known = _look_up(Name(module, name.qualname))
    return known if known.listed else entry


def _look_up(name: Name) -> Entry:
    top = name.module.partition(".")[0]
    if top == TORCHSCRIPT:
        return Entry("nsv", package="TorchScript", covered=True, listed=True)
    package = _package(name.module)
    known = _known(package, name) if package else None
    said, _, unasked = (known or "").partition("~")
    forms, _, generated = said.partition("!")
    effect = _told(_effect(name), _generated(generated))
    if effect is not None and effect.exact:
        forms = forms.replace("c", "")
    return Entry(
        forms=forms,
        effect=effect,
        unasked=_unasked(unasked),
        package=package.package if package else top,
        covered=_is_covered(package) or top in _effects().packages,
        listed=known is not None,
        complete=package is not None and package.package == "cpython",
    )


def _known(package: _Package, name: Name) -> str | None:
    """Return what the data say of a name; methods that compute on data are held as values."""
    names = package.of(name.module)
    owner, _, method = name.qualname.rpartition(".")
    if name.qualname in names or method not in arguments().lists.get("inert-methods", ()):
        return names.get(name.qualname)
    return "v" if "n" in names.get(owner, "").partition("!")[0] else None


def verb(name: Name) -> Effect | None:
    """Return what a name of an unknown package says it does, by its last word."""
    verbs, word = _effects().verbs, name.qualname.rpartition(".")[2]
    found = verbs.get(word) or verbs.get(word.lstrip("_"))
    return parse_effect(found, exact=False) if found else None


def is_module(word: str) -> bool:
    """Whether a top-level module of the catalogue bears this name."""
    return word in _index().modules or word in _effects().packages


@cache
def arguments() -> Arguments:
    """Return the conditions on arguments."""
    return _read("arguments.json", Arguments) or Arguments({}, {}, {}, {})


def is_inert_module(name: str) -> bool:
    """Whether importing a module by this name does nothing: it is covered and has no effect."""
    effects = _effects()
    return _is_covered(_package(name)) and not any(
        {"*", "**"} & effects.of(module).keys() for module in (name, name.partition(".")[0])
    )


def _effect(name: Name) -> Effect | None:
    effects = _effects()
    names = effects.of(name.module)
    if name.qualname in names:
        return parse_effect(names[name.qualname], exact=True)
    head = name.qualname
    while "." in head:
        head = head.rpartition(".")[0]
        if f"{head}.*" in names:
            return parse_effect(names[f"{head}.*"], exact=False)
    if "*" in names:
        return parse_effect(names["*"], exact=False)
    module = name.module
    while module:
        if "**" in effects.of(module):
            return parse_effect(effects.of(module)["**"], exact=False)
        module = module.rpartition(".")[0]
    found = effects.packages.get(name.module.partition(".")[0])
    return parse_effect(found, exact=False) if found else None


def _told(by_hand: Effect | None, generated: Effect | None) -> Effect | None:
    """Return what is known by hand; of a whole package, with the way that was found for a name."""
    if generated is None or by_hand is None or by_hand.exact:
        return by_hand or generated
    return msgspec.structs.replace(by_hand, what=f"{by_hand.what} ({generated.what})")


def _generated(text: str) -> Effect | None:
    """Read an effect the generator found: the word, then the path that reaches it."""
    kind, _, path = text.partition(" ")
    return Effect(kind, f"reaches {path}", True, known=False) if kind in EFFECTS else None


def _unasked(text: str) -> tuple[str, Effect] | None:
    form, _, generated = text.partition(" ")
    effect = _generated(generated)
    return (form, effect) if effect else None


def parse_effect(text: str, exact: bool = True) -> Effect | None:
    """Read `kind:what it does`."""
    kind, _, what = text.partition(":")
    return Effect(kind, what, exact) if kind in EFFECTS else None


def _package(module: str) -> _Package | None:
    """Return the file that tells of a module: by its top level, or by its place in a namespace."""
    modules = _index().modules
    top, _, rest = module.partition(".")
    stem = modules.get(top) or modules.get(f"{top}.{rest.partition('.')[0]}")
    return _file(stem) if stem else None


@cache
def _file(stem: str) -> _Package | None:
    found: _Package | None = _read(f"{stem}.json", _Package)
    return found


def _is_covered(package: _Package | None) -> bool:
    return package is not None and package.scope == "names"


@cache
def _index() -> _Index:
    return _read("index.json", _Index) or _Index({})


@cache
def _effects() -> _Effects:
    return _read("effects.json", _Effects) or _Effects({}, {}, {})


def _read(name: str, type_: type[Any]) -> Any:
    try:
        data = (_DATA / name).read_bytes()
    except FileNotFoundError:
        return None
    return msgspec.json.decode(data, type=type_)
