"""Growable arrays of integers, as the machine keeps all that it builds in.

Compiled, `ints.pyx` stands in for this module: the same classes over memory of C, so that what is
compiled moves integers without making Python objects of them.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    Array: TypeAlias = array[int]
else:
    Array = array

#: Levels that are told apart; four bytes hold them and a kind.
DEEPEST: Final = 1 << 26


class Ints(Array):
    """An array of the type code `i` or `q`. Raises `OverflowError` for what does not fit."""

    __slots__ = ()

    def gather(self, kind: int, stack: Ints, start: int) -> int:
        """Add a node of a count and what stands on `stack` from `start` on, taken off it.

        A node's first integer is its kind in four bits, and its depth. Return the depth.
        """
        if start == len(stack) - 1:
            item = stack.pop()
            depth = 1 if item >= 0 else min((self[~item] >> 4) + 1, DEEPEST)
            self.fromlist([kind | depth << 4, 1, item])
            return depth
        items = stack[start:]
        del stack[start:]
        depth = self._above(items)
        self.fromlist([kind | depth << 4, len(items), *items])
        return depth

    def fill(self, index: int, stack: Ints, start: int) -> None:
        """Move what stands on `stack` from `start` on into the empty node at `index`."""
        items = stack[start:]
        del stack[start:]
        segment = len(self)
        self[index] |= self._above(items) << 4
        self.fromlist([len(items), 0, *items])
        self[index + 1] = self[index + 2] = segment

    def take(self, index: int, stack: Ints, start: int) -> None:
        """Move what stands on `stack` from `start` on to the end, as items of a node."""
        items = stack[start:]
        del stack[start:]
        self.fromlist(items.tolist())
        head = self[index]
        self[index] = head & 15 | max(head >> 4, self._above(items)) << 4

    def _above(self, items: Array) -> int:
        """Return the depth of a node that holds `items`."""
        if not items or min(items) >= 0:
            return 1
        return min(max([self[~item] >> 4 for item in items if item < 0]) + 1, DEEPEST)

    def link(self, index: int, count: int) -> None:
        """Begin a segment of `count` items at the end, the last of the node at `index`."""
        segment = len(self)
        last = self[index + 2]
        self.append(count)
        self.append(0)
        self[last + 1 if last else index + 1] = segment
        self[index + 2] = segment

    def cut(self, size: int) -> None:
        """Leave the first `size` integers."""
        del self[size:]
