"""What the abstract machine knows of a value: a constant, a name, a sequence, a function.

A value is a tuple of the terms it may be (a branch may leave two); the empty tuple is unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Union

from modelassay.formats.pycode.code import CodeObject
from modelassay.formats.pycode.values import Group, Opaque

MAX_NAME = 256
_MAX_TERMS = 4
_MAX_ITEMS = 16
_MAX_DEPTH = 2
_MAX_ARGUMENTS = 16
_MAX_UNPACKED = 4096


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name standing as an argument: `os.system` in `map(os.system, ...)`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Unknown:
    """An argument that could not be told."""

    def __repr__(self) -> str:
        return "?"


UNKNOWN: Final = Unknown()


@dataclass(slots=True, eq=False)
class Record:
    """A reference while it may still grow, be called, or be superseded by a longer one."""

    name: str
    offset: int
    imported: bool = False
    called: bool = False
    live: bool = True
    arguments: tuple[object, ...] = ()
    keywords: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A constant."""

    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """What a dotted name, call or item leads to; `owner` is the constant it is an attribute of."""

    name: str
    record: Record | None = None
    owner: Union["Known", "Items", None] = None


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """A tuple, list or the like with values that are known in part."""

    kind: str
    items: tuple["Value", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function made here of a nested code object."""

    code: CodeObject


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """A callable without a name of its own that gives a value: `manager.__enter__`."""

    value: "Value"


@dataclass(frozen=True, slots=True, eq=False)
class Getter:
    """A callable that gets a (dotted) attribute of its argument: `operator.attrgetter`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """The NULL that 3.11 and later push beside a callable."""


Term = Known | Path | Items | Function | Returns | Getter | Null
Value = tuple[Term, ...]
NULL: Final[Value] = (Null(),)


@dataclass(slots=True)
class Bindings:
    """Values of variables; within one block a store replaces, across blocks it adds."""

    values: dict[str, tuple[int, Value]] = field(default_factory=dict)

    def store(self, name: str, value: Value, block: int) -> None:
        """Let a variable have a value, from the given block on."""
        value = tuple(Path(t.name, None, t.owner) if isinstance(t, Path) else t for t in value)
        known_in, old = self.values.get(name, (block, ()))
        self.values[name] = (block, value if known_in == block else merge(value, old))

    def load(self, name: str) -> Value:
        """What a variable may hold; unknown when it was never stored."""
        return self.values.get(name, (0, ()))[1]


def _same(one: Term, other: Term) -> bool:
    if isinstance(one, Path) and isinstance(other, Path):
        return one.name == other.name and one.owner is other.owner
    if isinstance(one, Known) and isinstance(other, Known):
        a, b = one.value, other.value
        return a is b or (isinstance(a, str | int) and type(a) is type(b) and a == b)
    return one is other


def merge(one: Value, other: Value) -> Value:
    """Terms of both values, the known standing for the unknown."""
    found = list(one)
    for term in other:
        if len(found) < _MAX_TERMS and not any(_same(term, known) for known in found):
            found.append(term)
    return tuple(found)


def known(value: Value) -> object:
    """The constant a value is, or `UNKNOWN`."""
    for term in value:
        if isinstance(term, Known):
            return term.value
    return UNKNOWN


def texts(value: Value) -> tuple[str, ...]:
    """The strings that a value may be."""
    constants = (term.value for term in value if isinstance(term, Known))
    return tuple(text for text in constants if isinstance(text, str))


def items(value: Value) -> tuple[Value, ...] | None:
    """The items of a tuple or list, or None when not known."""
    for term in value:
        if isinstance(term, Items):
            return term.items
        if isinstance(term, Known) and isinstance(term.value, tuple):
            if len(term.value) > _MAX_UNPACKED:
                return None
            return tuple((Known(item),) for item in term.value)
    return None


def _plain_constant(value: object, depth: int) -> object:
    if isinstance(value, CodeObject):
        return Opaque(f"code {value.qualname or value.name}")
    if isinstance(value, tuple | Group):
        inner = value if isinstance(value, tuple) else value.items
        if depth >= _MAX_DEPTH or len(inner) > _MAX_ITEMS:
            return UNKNOWN
        return tuple(_plain_constant(item, depth + 1) for item in inner)
    return value


def plain(value: Value, depth: int = 0) -> object:
    """A value as an argument is reported: constant, `Symbol`, tuple of such, or `UNKNOWN`."""
    if not value:
        return UNKNOWN
    term = value[0]
    if isinstance(term, Known):
        return _plain_constant(term.value, depth)
    if isinstance(term, Path):
        return Symbol(term.name)
    if isinstance(term, Function):
        return Opaque(f"code {term.code.qualname or term.code.name}")
    if isinstance(term, Items) and depth < _MAX_DEPTH and len(term.items) <= _MAX_ITEMS:
        return tuple(plain(item, depth + 1) for item in term.items)
    return UNKNOWN


def plain_all(values: Iterable[Value]) -> tuple[object, ...]:
    """The first arguments of a call as they are reported."""
    return tuple(plain(value) for value in islice(values, _MAX_ARGUMENTS))
