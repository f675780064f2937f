"""The store of abstract objects: all that a stream builds, in one flat array of integers.

A reference is an integer. `ref >= 0` is a constant: the offset of the opcode that pushes it, whose
payload is read only if somebody asks. `ref < 0` is the node at index `-ref - 1` of the array, whose
first cell is `kind | depth << 4`, with `depth` the levels of containers below it:

    TUPLE, FROZENSET  count, items ...
    LIST, DICT, SET   first segment or 0, last segment or 0; a segment is count, next, items ...
    GLOBAL            index into `names`
    MADE              callable, args, kwargs or 0, 1 if made without __init__
    PERSISTENT        id
    EXT               code
    UNKNOWN           index into `reasons`

A count is the bitwise complement of the number of items where the items were not kept. So an
object costs a few integers, not a few Python objects: tens of millions of them fit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from modelassay.formats.pickle.ints import Ints

TUPLE: Final = 1
LIST: Final = 2
DICT: Final = 3
SET: Final = 4
FROZENSET: Final = 5
GLOBAL: Final = 6
MADE: Final = 7
PERSISTENT: Final = 8
EXT: Final = 9
UNKNOWN: Final = 10

#: What stands in the memo where nothing was put: the first node of every store.
UNSET: Final = -1

#: Past this many cells, only small groups of items are kept, and past twice as many none.
MOST_CELLS: Final = 24_000_000
SMALL: Final = 32
#: Items kept of one batch appended to a list or set.
MOST_ITEMS: Final = 64
#: Cells of a dict that are kept of one batch: keys and values.
MOST_SIDES: Final = 1 << 22


#: Levels from which on it is told how many items a tuple has if shared ones are counted each time.
_WEIGHED: Final = 24


class Store:
    """Nodes by reference. `cells` is the array.

    `heaviest` is the number of items that hashing one of the tuples would visit, at the least.
    """

    def __init__(self, size: int) -> None:
        # References are offsets or indexes; four bytes hold them for streams below 2 GiB.
        self.cells = Ints("i" if size < (1 << 31) - 1 else "q", [UNKNOWN, 0])
        self.names: list[tuple[str, str]] = []
        self.reasons: list[str] = ["unset memo"]
        self.heaviest = 0
        self._weights: dict[int, int] = {}

    def kind(self, ref: int) -> int:
        """Return the kind of a node, 0 for a constant."""
        return 0 if ref >= 0 else self.cells[-ref - 1] & 15

    def depth(self, ref: int) -> int:
        """Return the levels of containers in a reference, 0 for a constant."""
        return 0 if ref >= 0 else self.cells[-ref - 1] >> 4

    def keeps(self, count: int) -> bool:
        """Whether there is room for a group of `count` items."""
        cells = len(self.cells)
        return cells < MOST_CELLS or (count <= SMALL and cells < 2 * MOST_CELLS)

    def node(self, kind: int, *payload: int) -> int:
        """Add a node and return its reference."""
        cells = self.cells
        ref = -len(cells) - 1
        cells.fromlist([kind, *payload])
        return ref

    def made(self, callable_: int, args: int, kwargs: int, new: int) -> int:
        """Add what a call makes."""
        cells = self.cells
        ref = -len(cells) - 1
        depth = 1 if args >= 0 else cells[-args - 1] >> 4
        if kwargs:
            depth = max(depth, self.depth(kwargs))
        cells.fromlist([MADE | depth << 4, callable_, args, kwargs, new])
        return ref

    def empty(self, kind: int) -> int:
        """Add a list, dict or set."""
        cells = self.cells
        ref = -len(cells) - 1
        cells.fromlist([kind, 0, 0])
        return ref

    def group(self, kind: int, stack: Ints, start: int) -> int:
        """Add a tuple or frozenset of what stands on `stack` from `start` on, and take it off."""
        cells = self.cells
        index = len(cells)
        full = index >= MOST_CELLS and not self.keeps(len(stack) - start)
        depth = cells.gather(kind, stack, start)
        if depth >= _WEIGHED:
            self._weigh(-index - 1, cells[index + 2 :])
        if full:
            cells[index + 1] = ~cells[index + 1]
            cells.cut(index + 2)
        return -index - 1

    def _weigh(self, ref: int, items: Collection[int]) -> None:
        weights = self._weights
        weight = sum([weights.get(item, 1) for item in items]) if weights else len(items)
        self.heaviest = max(self.heaviest, weight)
        if weight > 1:
            weights[ref] = min(weight, 1 << 62)

    def extend(self, ref: int, stack: Ints, start: int, most_items: int) -> None:
        """Move what stands on `stack` from `start` on to a list, dict or set.

        Of one that is no dict, `most_items` of them are kept.
        """
        cells = self.cells
        index = -ref - 1
        count = kept = len(stack) - start
        first = len(cells)
        last = cells[index + 2]
        if count <= SMALL and not last and first < MOST_CELLS:
            cells.fill(index, stack, start)
            return
        most = MOST_SIDES if cells[index] & 15 == DICT else most_items
        if count > most or not self.keeps(count):
            kept = most if self.keeps(most) else 0
        if last and kept == count and cells[last] >= 0 and last + 2 + cells[last] == first:
            # The last segment ends where the cells end: it grows.
            cells[last] += count
        elif kept or not count:
            cells.link(index, kept)
        first = len(cells)
        cells.take(index, stack, start)
        if kept < count:
            cells.cut(first + kept)
            last = cells[index + 2]
            if last and cells[last] < 0:
                cells[last] -= count - kept
            else:
                cells.link(index, ~(count - kept))

    def segments(self, ref: int) -> Iterator[tuple[int, int]]:
        """Yield where the items of a container stand in `cells`: first index, count.

        A count below zero is the complement of the number of items that were not kept.
        """
        cells = self.cells
        index = -ref - 1
        if cells[index] & 15 in (TUPLE, FROZENSET):
            yield index + 2, cells[index + 1]
            return
        segment = cells[index + 1]
        while segment:
            yield segment + 2, cells[segment]
            segment = cells[segment + 1]

    def items(self, ref: int) -> Iterator[int]:
        """Yield the references inside a tuple, list, dict (keys and values in turn) or set."""
        cells = self.cells
        for start, count in self.segments(ref):
            for index in range(start, start + count):
                yield cells[index]

    def size(self, ref: int, most: int) -> int:
        """Return how many items a container has, counting no more than `most` segments."""
        total = 0
        for _, count in self.segments(ref):
            total += count if count >= 0 else ~count
            most -= 1
            if most <= 0:
                break
        return total

    def name(self, ref: int) -> tuple[str, str]:
        """Return module and qualified name of a GLOBAL."""
        return self.names[self.cells[-ref]]

    def parts(self, ref: int) -> tuple[int, int, int, int]:
        """Return callable, arguments, keyword arguments or 0, and 1 for no __init__, of a MADE."""
        cells = self.cells
        return cells[-ref], cells[1 - ref], cells[2 - ref], cells[3 - ref]

    def unknown(self, reason: str) -> int:
        """Add a value that cannot be told."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.node(UNKNOWN, self.reasons.index(reason))
