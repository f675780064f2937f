"""Abstract values out of the store: what a reference stands for, bounded in depth and breadth."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
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
_MOST_ITEMS: Final = 40
_WORD: Final = re.compile(rb"[\w.:/+-]*[A-Za-z_][\w.:/+-]*\Z")
_TYPES: Final[dict[int, Literal["tuple", "list", "set", "frozenset"]]] = {
    TUPLE: "tuple",
    LIST: "list",
    SET: "set",
    FROZENSET: "frozenset",
}


class Values:
    """Turns references into values, and into shapes by which equal facts are counted."""

    def __init__(self, store: Store, constants: Constants) -> None:
        self.store = store
        self.constants = constants
        self._nodes = 0
        self._shapes: dict[int, Hashable] = {}

    def value(self, ref: int) -> Value:
        """Return what `ref` stands for; what is too deep or too much of it is left out."""
        self._nodes = 0
        return self._value(ref, 0)

    def arguments(self, ref: int) -> tuple[Value, ...]:
        """Return the values of an argument tuple; one unknown value if it is no tuple."""
        self._nodes = 0
        return self._arguments(ref, 0)

    def keywords(self, ref: int) -> tuple[tuple[str, Value], ...]:
        """Return the keyword arguments of NEWOBJ_EX; 0 stands for none."""
        self._nodes = 0
        return self._keywords(ref, 0)

    def _value(self, ref: int, depth: int) -> Value:
        self._nodes += 1
        if ref >= 0:
            if self.constants.window.read(ref, 1)[0] == op.EMPTY_TUPLE:
                return Sequence("tuple", ())
            return self.constants.value(ref)
        store, kind = self.store, self.store.kind(ref)
        index = -ref - 1
        if kind == GLOBAL:
            return Name(*store.name(ref))
        if kind == EXT:
            return Extension(store.cells[index + 1])
        if depth >= _DEEPEST or self._nodes > _MOST_NODES:
            return Unknown("left out")
        if kind in _TYPES:
            items, more = self._items(ref, _MOST_ITEMS, depth)
            return Sequence(_TYPES[kind], items, more)
        if kind == DICT:
            sides, more = self._items(ref, 2 * _MOST_ITEMS, depth)
            return Mapping(tuple(zip(sides[::2], sides[1::2], strict=False)), more // 2)
        if kind == MADE:
            callable_, args, kwargs, new = store.cells[index + 1 : index + 5]
            return Made(
                self._value(callable_, depth + 1),
                self._arguments(args, depth + 1),
                self._keywords(kwargs, depth + 1),
                bool(new),
            )
        if kind == PERSISTENT:
            return Persistent(self._value(store.cells[index + 1], depth + 1))
        return Unknown(store.reasons[store.cells[index + 1]])

    def _items(self, ref: int, most: int, depth: int) -> tuple[tuple[Value, ...], int]:
        items = self.store.items(ref)
        values = tuple(self._value(item, depth + 1) for item in islice(items, most))
        return values, sum(1 for _ in islice(items, 1 << 16))

    def _arguments(self, ref: int, depth: int) -> tuple[Value, ...]:
        value = self._value(ref, depth)
        match value:
            case Sequence(type="tuple", items=items, more=0):
                return items
            case Sequence(type="tuple", items=items):
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

    def shape(self, ref: int, depth: int = 0) -> Hashable:
        """Return a key that is equal for values no rule could tell apart.

        Numbers count by their bit length, words by their text, other text and bytes by kind.
        """
        if ref >= 0:
            known = self._shapes.get(ref)
            if known is None:
                if len(self._shapes) > 1 << 16:
                    self._shapes.clear()
                known = self._shapes[ref] = self._constant_shape(ref)
            return known
        kind = self.store.kind(ref)
        if kind == GLOBAL:
            return ref
        if depth >= 4:
            return kind
        if kind == MADE:
            callable_, args = self.store.cells[-ref : -ref + 2]
            return MADE, self.shape(callable_, depth + 1), self.shape(args, depth + 2)
        if kind in (TUPLE, LIST, SET, FROZENSET, DICT):
            return kind, *self.shapes(islice(self.store.items(ref), 24), depth + 1)
        if kind == PERSISTENT:
            return kind, self.shape(self.store.cells[-ref], depth + 1)
        return kind, self.store.cells[-ref]

    def shapes(self, refs: Iterable[int], depth: int = 0) -> tuple[Hashable, ...]:
        """Return the shape of each of `refs`."""
        return tuple([self.shape(ref, depth) for ref in refs])

    def _constant_shape(self, ref: int) -> Hashable:
        code, data, length = self.constants.raw(ref, 48)
        if code in op.TEXT:
            return ("text", data) if length <= 48 and _WORD.match(data) else "text"
        if code in op.BYTES:
            return ("bytes", data) if length <= 16 and _WORD.match(data) else "bytes"
        value = self.constants.value(ref)
        plain = value.value if isinstance(value, Const) else None
        if isinstance(plain, bool) or plain is None:
            return code, plain
        return ("number", plain.bit_length(), plain < 0) if isinstance(plain, int) else "float"
