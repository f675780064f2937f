"""The keys of a state that BUILD sets, as far as they are more than names of attributes."""

from __future__ import annotations

from itertools import islice
from typing import Final

from modelassay.formats.pickle.constants import Constants
from modelassay.formats.pickle.store import DICT, EXT, LIST, MADE, TUPLE, UNKNOWN, Store

#: Attributes whose text a class runs when its state is set: that of a SciPy distribution, and the
#: formula of a statsmodels model.
RUN: Final = frozenset({"_parse_arg_template", "formula"})
_LONGEST_RUN: Final = 1 << 16
_MOST_PLAIN: Final = 1 << 16
_MOST_PARTS: Final = 16
_MOST_ODD: Final = 64
#: Keys of a dict from which on it is remembered how far it was read.
_MANY: Final = 64


class StateKeys:
    """Finds odd keys. Each key of a stream is read once, however often its dict is set."""

    def __init__(self, store: Store, constants: Constants) -> None:
        self.store = store
        self.constants = constants
        self._plain: set[int] = set()
        self._read: dict[int, tuple[int, int, list[int]]] = {}
        """For each long dict the segment and the keys of it that were read, and the odd ones."""

    def is_plain(self, state: int) -> bool:
        """Whether a state is a dict, filled at once, of plain keys and plain data."""
        cells = self.store.cells
        index = -state - 1
        if state >= 0 or cells[index] & 15 != DICT:
            return False
        start = cells[index + 1]
        count = cells[start]
        if start != cells[index + 2] or not start or not 0 < count <= _MANY:
            return False
        start += 2
        if not self._plain.issuperset(cells[start : start + count : 2]):
            return False
        values = cells[start + 1 : start + count : 2]
        if min(values) < 0:
            for value in values:
                if value < 0 and not self._is_flat(value):
                    return False
        return True

    def _is_flat(self, ref: int) -> bool:
        """Whether a container holds nothing but constants, or nothing."""
        cells = self.store.cells
        index = -ref - 1
        kind = cells[index] & 15
        if kind == TUPLE:
            start, count = index + 2, cells[index + 1]
        elif kind in (LIST, DICT):
            start = cells[index + 1]
            if start != cells[index + 2]:
                return False
            start, count = start + 2, cells[start] if start else 0
        else:
            return False
        return 0 <= count <= _MANY and (not count or min(cells[start : start + count]) >= 0)

    def odd(self, state: int) -> tuple[int, ...]:
        """Return the keys that are no plain names of attributes: dunders, `RUN`, computed ones."""
        store = self.store
        kind = store.kind(state)
        if kind == DICT:
            return tuple(self._odd(state))
        if kind != TUPLE:
            return ()
        parts = [p for p in islice(store.items(state), _MOST_PARTS) if store.kind(p) == DICT]
        return tuple(odd for part in parts for odd in self._odd(part))

    def _odd(self, state: int) -> list[int]:
        cells = self.store.cells
        last, done, odd = self._read.get(state, (0, 0, []))
        total = 0
        skipping = last != 0
        for start, count in self.store.segments(state):
            first = 0
            if skipping:
                if start != last:
                    continue
                skipping = False
                first = done
            keys = cells[start + first : start + max(count, first) : 2]
            total += len(keys)
            last, done = start, first + 2 * len(keys)
            if not self._plain.issuperset(keys):
                odd.extend([key for key in keys if self.is_odd(key)][: _MOST_ODD - len(odd)])
        if total > _MANY or state in self._read:
            self._read[state] = last, done, odd
        return odd

    def pairs(self, state: int, odd: tuple[int, ...]) -> list[tuple[int, int]]:
        """Return the items of a dict whose keys are `odd`, among the first so many."""
        sides = islice(self.store.items(state), 2 * _MOST_PLAIN)
        return [pair for pair in zip(sides, sides, strict=False) if pair[0] in odd]

    def run(self, key: int, value: int) -> str | None:
        """Return the text that is run when an attribute is set, whole; `None` if none is."""
        if key < 0 or self.constants.text(key, 4096) not in RUN:
            return None
        return self.constants.text(value, _LONGEST_RUN)

    def is_odd(self, key: int) -> bool:
        """Whether a key is a dunder, one of `RUN`, or computed."""
        if key in self._plain:
            return False
        if key < 0:
            odd = self.store.kind(key) in (MADE, UNKNOWN, EXT)
        else:
            text = self.constants.text(key, 4096)
            odd = text is not None and (_is_dunder(text) or text in RUN)
        if not odd:
            if len(self._plain) >= _MOST_PLAIN:
                self._plain.clear()
            self._plain.add(key)
        return odd


def _is_dunder(text: str) -> bool:
    return text.startswith("__") and text.endswith("__")
