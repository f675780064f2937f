"""Values a file describes, as far as they can be known without loading it.

A loader would build live objects from a stream; a reader builds these instead. They are small,
bounded and inert: a callable is only its name, an object only the call that would make it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    Scalar: TypeAlias = bool | int | float | str | bytes | None
else:
    Scalar = Any  # msgspec reads no union of text and bytes


class Const(msgspec.Struct, frozen=True, tag=True, tag_field="form"):
    """A plain constant. Long text and bytes are cut to a preview; `size` is their true length."""

    value: Scalar
    size: int | None = None

    @property
    def whole(self) -> bool:
        """Whether `value` is all of it, not a preview."""
        return self.size is None


class Name(msgspec.Struct, frozen=True, tag=True, tag_field="form"):
    """A global a loader would import: a module and a qualified name inside it."""

    module: str
    qualname: str

    def __str__(self) -> str:
        separator = ":" if "." in self.qualname else "."
        return f"{self.module}{separator}{self.qualname}"


class Sequence(msgspec.Struct, frozen=True, tag=True, tag_field="form"):
    """A tuple, list, set or frozenset; `more` counts the items left out of `items`."""

    type: Literal["tuple", "list", "set", "frozenset"]
    items: tuple[Value, ...]
    more: int = 0


class Mapping(msgspec.Struct, frozen=True, tag=True, tag_field="form"):
    """A dict in the order of its stream; duplicate keys are kept; `more` counts pairs left out."""

    items: tuple[tuple[Value, Value], ...]
    more: int = 0


class Made(msgspec.Struct, frozen=True, tag=True, tag_field="form"):
    """An object that calling `callable` with `args` and `kwargs` would make.

    `new` is true where the class is instantiated without its `__init__` (NEWOBJ).
    """

    callable: Value
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    new: bool = False


class Persistent(msgspec.Struct, frozen=True, tag=True, tag_field="form"):
    """An object the loading program supplies for a persistent id."""

    id: Value


class Extension(msgspec.Struct, frozen=True, tag=True, tag_field="form"):
    """A global that only the `copyreg` extension registry of the loading process can name."""

    code: int


class Unknown(msgspec.Struct, frozen=True, tag=True, tag_field="form"):
    """A value that cannot be told from the file; `why` is a short clause."""

    why: str = ""


Value: TypeAlias = Const | Name | Sequence | Mapping | Made | Persistent | Extension | Unknown

UNKNOWN = Unknown()


def children(value: Value) -> tuple[Value, ...]:
    """Return the values directly inside `value`."""
    match value:
        case Sequence(items=items):
            return items
        case Mapping(items=pairs):
            return tuple(side for pair in pairs for side in pair)
        case Made(callable=callable_, args=args, kwargs=kwargs):
            return (callable_, *args, *(inner for _, inner in kwargs))
        case Persistent(id=inner):
            return (inner,)
        case _:
            return ()


def walk(value: Value) -> Iterator[Value]:
    """Yield `value` and every value inside it, outermost first."""
    pending = [value]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))
