"""Shapes: keys that are equal only for values no rule could tell apart.

Equal facts are counted, not repeated, so an honest file of a million objects tells a handful. Text
that may be a name counts by what it says, numbers by their bits, floats and long bytes by kind. Of
a callable that is called in ever more ways (a million different paths) the calls are told apart
less and less closely, and what is no longer told apart stands in the fact as unknown. So a rule
that cares for an argument never takes one of many for all, and nothing is hidden by a flood.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Final

from modelassay.core.values import Const
from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.constants import Constants
from modelassay.formats.pickle.store import (
    DICT,
    FROZENSET,
    GLOBAL,
    LIST,
    MADE,
    PERSISTENT,
    SET,
    TUPLE,
    Store,
)

_CONTAINERS: Final = frozenset({TUPLE, LIST, SET, FROZENSET, DICT})
_DEEPEST: Final = 6
_MOST_NODES: Final = 64
_MOST_ITEMS: Final = 40
_LONGEST_WORD: Final = 48
_MOST_KNOWN: Final = 1 << 12
#: Different words told apart at one place among the arguments of a callable called in many ways.
_MOST_WORDS: Final = 32
_SMALL_NUMBER: Final = 24  # bits
_FEW: Final = 8
_LOOKED_AT: Final = 12
_SMALL_NUMBERS: Final = [("number", number.bit_length(), False) for number in range(256)]
#: Facts of one callable from which on its calls are told apart less closely.
_LEVELS: Final = (256, 2048, 4096)
_LETTER: Final = re.compile(rb"[A-Za-z_]")
_BYTES_WORD: Final = re.compile(rb"[\w.:/+-]*[A-Za-z_][\w.:/+-]*\Z")
#: Facts of one callable from which on its calls are not told apart at all.
MOST_TOLD: Final = _LEVELS[-1]


class Variety:
    """In how many ways one callable was used so far."""

    def __init__(self) -> None:
        self.told = 0
        self.words: dict[int, set[Hashable]] = {}

    @property
    def level(self) -> int:
        """How coarsely further uses are told apart, 0 (exactly) to 3 (not at all)."""
        return sum(self.told >= most for most in _LEVELS)


class Shapes:
    """Makes shapes.

    Of the last shape, `blurred` are the constants that it does not tell from others, and
    `has_bytes` tells whether it may hold bytes long enough to be looked at.
    """

    def __init__(self, store: Store, constants: Constants) -> None:
        self.store = store
        self.constants = constants
        self.blurred: set[int] = set()
        self.has_bytes = False
        self._known: dict[int, Hashable] = {}
        self._left = 0

    def of(self, variety: Variety, *refs: int) -> Hashable:
        """Return the shape of `refs`, as closely as `variety` still asks for."""
        self._left = _MOST_NODES
        self.has_bytes = False
        if self.blurred:
            self.blurred.clear()
        if len(refs) == 1:
            return self._shape(refs[0], 0, 1, variety)
        return tuple([self._shape(ref, 0, place, variety) for place, ref in enumerate(refs, 1)])

    def of_arguments(self, variety: Variety, args: int) -> Hashable:
        """Return the shape of the arguments of a call, mostly a short tuple of constants."""
        cells = self.store.cells
        if args < 0 and variety.told < _LEVELS[0]:
            index = -args - 1
            count = cells[index + 1]
            if cells[index] & 15 == TUPLE and 0 < count <= _FEW:
                items = cells[index + 2 : index + 2 + count]
                if min(items) >= 0:
                    self.has_bytes = False
                    if self.blurred:
                        self.blurred.clear()
                    return tuple([self._constant(item) for item in items])
        return self.of(variety, args)

    def _shape(self, ref: int, depth: int, place: int, variety: Variety) -> Hashable:
        if ref >= 0:
            leaf = self._constant(ref)
            return leaf if variety.told < _LEVELS[0] else self._blur(ref, leaf, place, variety)
        store = self.store
        cells, index = store.cells, -ref - 1
        kind = cells[index] & 15
        if kind == GLOBAL:
            return ref
        self._left -= 1
        if depth >= _DEEPEST or self._left < 0:
            self.has_bytes = True  # for all that is known
            return kind
        place, depth = place * _MOST_ITEMS, depth + 1
        if kind in _CONTAINERS:
            return self._container(ref, kind, depth, place, variety)
        if kind == MADE:
            callable_, args, kwargs, new = self.store.parts(ref)
            return (
                MADE,
                new,
                self._shape(callable_, depth, place, variety),
                self._shape(args, depth, place + 1, variety),
                self._shape(kwargs, depth, place + 2, variety) if kwargs else 0,
            )
        if kind == PERSISTENT:
            return kind, self._shape(cells[index + 1], depth, place, variety)
        return kind, cells[index + 1]

    def _container(self, ref: int, kind: int, depth: int, place: int, variety: Variety) -> Hashable:
        """Return the shape of the first items; those of a tuple have each a place of their own."""
        cells = self.store.cells
        shape: list[Hashable] = [kind]
        step = kind == TUPLE
        for start, count in self.store.segments(ref):
            for item in cells[start : start + min(count, _MOST_ITEMS)]:
                if len(shape) > _MOST_ITEMS or self._left < 0:
                    self.has_bytes = True
                    return tuple(shape)
                if item >= 0:
                    self._left -= 1
                place += step
                shape.append(self._shape(item, depth, place, variety))
        return tuple(shape)

    def _constant(self, ref: int) -> Hashable:
        """Return the shape of a constant; those far back are remembered."""
        window = self.constants.window
        index = ref - window.base
        if index >= 0:
            buffer = window.buffer
            code = buffer[index]
            if code == op.BININT1:
                return _SMALL_NUMBERS[buffer[index + 1]]
            if code == op.SHORT_BINUNICODE:
                length = buffer[index + 1]
                if length <= _LONGEST_WORD and index + 2 + length <= len(buffer):
                    data = buffer[index + 2 : index + 2 + length]
                    return ("text", data) if _LETTER.search(data) else "text"
            return self._leaf(ref)
        leaf = self._known.get(ref)
        if leaf is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            leaf = self._known[ref] = self._leaf(ref)
        return leaf

    def _leaf(self, ref: int) -> Hashable:
        code, data, length = self.constants.raw(ref, _LONGEST_WORD)
        if code in op.TEXT:
            self.has_bytes |= code in op.COUNTED_STRINGS and length >= _LOOKED_AT
            plain = length <= _LONGEST_WORD and _LETTER.search(data)
            return ("text", data) if plain else "text"
        if code in op.BYTES:
            self.has_bytes |= length >= _LOOKED_AT
            return ("bytes", data) if length <= 16 and _BYTES_WORD.match(data) else "bytes"
        if code == op.BINFLOAT or code == op.FLOAT:
            return "float"
        if code == op.BININT1 or code == op.BININT2:
            return "number", int.from_bytes(data, "little").bit_length(), False
        value = self.constants.value(ref)
        plain_value = value.value if isinstance(value, Const) else None
        if isinstance(plain_value, bool) or not isinstance(plain_value, int):
            return code, plain_value
        return "number", plain_value.bit_length(), plain_value < 0

    def _blur(self, ref: int, leaf: Hashable, place: int, variety: Variety) -> Hashable:
        """Return a leaf as far as it is still told apart."""
        if not isinstance(leaf, tuple):
            return leaf
        if variety.level >= 2:
            self.blurred.add(ref)
            return 0
        if leaf[0] == "number":
            return leaf if leaf[1] > _SMALL_NUMBER else "small number"
        words = variety.words.setdefault(place, set())
        if leaf in words:
            return leaf
        if len(words) < _MOST_WORDS:
            words.add(leaf)
            return leaf
        self.blurred.add(ref)
        return str(leaf[0])

    def names(self, *refs: int) -> Hashable:
        """Return what stands inside of `refs` that is no constant: globals and the like."""
        store = self.store
        cells = store.cells
        found: set[int] = set()
        pending = list(refs)
        left = _MOST_NODES
        while pending and left > 0:
            ref = pending.pop()
            if ref >= 0:
                continue
            left -= 1
            kind = store.kind(ref)
            if kind in _CONTAINERS:
                for start, count in store.segments(ref):
                    part = cells[start : start + min(max(count, 0), _MOST_NODES)]
                    if part and min(part) < 0:
                        pending.extend(part)
                    left -= 1
                    if left < 0 or len(pending) > 4 * _MOST_NODES:
                        break
            elif kind == MADE:
                pending.append(cells[-ref])
            else:
                found.add(ref if kind == GLOBAL else kind)
        return frozenset(found)
