"""Abstract values out of the store: what a reference stands for, bounded in depth and breadth."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import Final, Literal

from modelassay.core.values import (
    Const,
    Extension,
    Made,
    Mapping,
    Name,
    Persistent,
    Sequence,
    Unknown,
    Value,
)
from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.constants import Constants
from modelassay.formats.pickle.store import (
    DICT,
    EXT,
    FROZENSET,
    GLOBAL,
    LIST,
    MADE,
    PERSISTENT,
    SET,
    TUPLE,
    Store,
)

_DEEPEST: Final = 10
_MOST_NODES: Final = 400
#: When so much was told that it no longer fits on any page.
FEW_NODES: Final = 24
_MOST_ITEMS: Final = 40
_MOST_SEGMENTS: Final = 1000
_TYPES: Final[dict[int, Literal["tuple", "list", "set", "frozenset"]]] = {
    TUPLE: "tuple",
    LIST: "list",
    SET: "set",
    FROZENSET: "frozenset",
}
MANY: Final = Unknown("one of many")


class Values:
    """Turns references into values. Constants in `blurred` are given as one of many."""

    def __init__(self, store: Store, constants: Constants) -> None:
        self.store = store
        self.constants = constants
        self.blurred: Collection[int] = ()
        self.most_nodes = _MOST_NODES
        self._nodes = 0

    def value(self, ref: int) -> Value:
        """Return what `ref` stands for; what is too deep or too much of it is left out."""
        self._nodes = 0
        return self._value(ref, 0)

    def arguments(self, ref: int) -> tuple[Value, ...]:
        """Return the values of an argument tuple, or of what `Lib/pickle.py` takes for one."""
        self._nodes = 0
        return self._arguments(ref, 0)

    def keywords(self, ref: int) -> tuple[tuple[str, Value], ...]:
        """Return the keyword arguments of NEWOBJ_EX; 0 stands for none."""
        self._nodes = 0
        return self._keywords(ref, 0)

    def _value(self, ref: int, depth: int) -> Value:
        self._nodes += 1
        if ref >= 0:
            return self._constant(ref)
        store, kind = self.store, self.store.kind(ref)
        index = -ref - 1
        if kind == GLOBAL:
            return Name(*store.name(ref))
        if kind == EXT:
            return Extension(store.cells[index + 1])
        if depth >= _DEEPEST or self._nodes > self.most_nodes:
            return Unknown("left out")
        if kind in _TYPES:
            items, more = self._items(ref, _MOST_ITEMS, depth)
            return Sequence(_TYPES[kind], items, more)
        if kind == DICT:
            sides, more = self._items(ref, 2 * _MOST_ITEMS, depth)
            return Mapping(tuple(zip(sides[::2], sides[1::2], strict=False)), more // 2)
        if kind == MADE:
            callable_, args, kwargs, new = store.parts(ref)
            return Made(
                self._value(callable_, depth + 1),
                self._arguments(args, depth + 1),
                self._keywords(kwargs, depth + 1),
                bool(new),
            )
        if kind == PERSISTENT:
            return Persistent(self._value(store.cells[index + 1], depth + 1))
        return Unknown(store.reasons[store.cells[index + 1]])

    def _constant(self, ref: int) -> Value:
        if ref in self.blurred:
            return MANY
        if self.constants.window.read(ref, 1)[0] == op.EMPTY_TUPLE:
            return Sequence("tuple", ())
        return self.constants.value(ref)

    def _items(self, ref: int, most: int, depth: int) -> tuple[tuple[Value, ...], int]:
        most = max(min(most, 2 * self.most_nodes - self._nodes), 0)
        values = tuple(
            [self._value(item, depth + 1) for item in islice(self.store.items(ref), most)]
        )
        return values, self.store.size(ref, _MOST_SEGMENTS) - len(values)

    def _arguments(self, ref: int, depth: int) -> tuple[Value, ...]:
        value = self._value(ref, depth)
        match value:
            case Sequence(items=items, more=0):
                return items
            case Sequence(items=items):
                return (*items, Unknown("left out"))
        return (Unknown("computed arguments"),)

    def _keywords(self, ref: int, depth: int) -> tuple[tuple[str, Value], ...]:
        if ref == 0:
            return ()
        value = self._value(ref, depth)
        if not isinstance(value, Mapping):
            return (("kwargs", value),)
        return tuple(
            (key.value if isinstance(key, Const) and isinstance(key.value, str) else "?", inner)
            for key, inner in value.items
        )
