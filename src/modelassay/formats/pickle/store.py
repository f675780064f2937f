"""The store of abstract objects: all that a stream builds, in one flat array of integers.

A reference is an integer. `ref >= 0` is a constant: the offset of the opcode that pushes it, whose
payload is read only if somebody asks. `ref < 0` is the node at index `-ref - 1` of the array, whose
first cell is `kind | depth << 4`, with `depth` the levels of containers below it:

    TUPLE, FROZENSET  count, items ...
    LIST, DICT, SET   first segment or 0; a segment is count, next segment, items ...
    GLOBAL            index into `names`
    MADE              callable, args, kwargs or 0, 1 if made without __init__
    PERSISTENT        id
    EXT               code
    UNKNOWN           index into `reasons`

So an object costs a few integers, not a few Python objects: tens of millions of them fit.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Final

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

#: What stands in the memo where nothing was put.
UNSET: Final = -1

#: Past this many cells, the contents of further containers are not kept.
MOST_CELLS: Final = 48_000_000
#: Items kept of one batch appended to a list or set.
MOST_ITEMS: Final = 64


class Store:
    """Nodes by reference. `cells` is the array; its first node is `UNSET`."""

    def __init__(self, size: int) -> None:
        # References are offsets or indexes; four bytes hold them for streams below 2 GiB.
        self.cells: array[int] = array(
            "i" if size < (1 << 31) - 1 else "q", [UNKNOWN, 0]
        )
        self.names: list[tuple[str, str]] = []
        self.reasons: list[str] = ["unset memo"]

    def kind(self, ref: int) -> int:
        """Return the kind of a node, 0 for a constant."""
        return 0 if ref >= 0 else self.cells[-ref - 1] & 15

    def depth(self, ref: int) -> int:
        """Return the levels of containers in a reference, 0 for a constant."""
        return 0 if ref >= 0 else self.cells[-ref - 1] >> 4

    def deepest(self, refs: list[int]) -> int:
        """Return the greatest depth among `refs`."""
        if not refs or min(refs) >= 0:
            return 0
        cells = self.cells
        return max([cells[-ref - 1] >> 4 for ref in refs if ref < 0])

    def node(self, kind: int, *payload: int) -> int:
        """Add a node and return its reference."""
        cells = self.cells
        ref = -len(cells) - 1
        cells.append(kind)
        cells.extend(payload)
        return ref

    def group(self, kind: int, items: list[int]) -> int:
        """Add a tuple or frozenset."""
        cells = self.cells
        ref = -len(cells) - 1
        cells.append(kind | (self.deepest(items) + 1) << 4)
        kept = items if kind == TUPLE else items[:MOST_ITEMS]
        cells.append(len(kept))
        if len(cells) < MOST_CELLS:
            cells.extend(kept)
        else:
            cells[-1] = 0
        return ref

    def extend(self, ref: int, items: list[int], most: int) -> None:
        """Add a segment of `items` to a list, dict or set; keep `most` of them."""
        cells = self.cells
        index = -ref - 1
        depth = self.deepest(items) + 1
        if depth > cells[index] >> 4:
            cells[index] = cells[index] & 15 | depth << 4
        if len(cells) < MOST_CELLS:
            if len(items) > most:
                items = items[:most]
            segment = len(cells)
            cells.append(len(items))
            cells.append(cells[index + 1])
            cells.extend(items)
            cells[index + 1] = segment

    def items(self, ref: int) -> Iterator[int]:
        """Yield the references inside a tuple, list, dict (keys and values in turn) or set."""
        cells = self.cells
        index = -ref - 1
        if self.kind(ref) in (TUPLE, FROZENSET):
            yield from cells[index + 2 : index + 2 + cells[index + 1]]
            return
        segments: list[int] = []
        segment = cells[index + 1]
        while segment:
            segments.append(segment)
            segment = cells[segment + 1]
        for segment in reversed(segments):
            yield from cells[segment + 2 : segment + 2 + cells[segment]]

    def keys(self, ref: int) -> Iterator[array[int]]:
        """Yield the keys of a dict, an array for each segment."""
        cells = self.cells
        segment = cells[-ref]
        while segment:
            yield cells[segment + 2 : segment + 2 + cells[segment] : 2]
            segment = cells[segment + 1]

    def name(self, ref: int) -> tuple[str, str]:
        """Return module and qualified name of a GLOBAL."""
        return self.names[self.cells[-ref]]

    def unknown(self, reason: str) -> int:
        """Add a value that cannot be told."""
        self.reasons.append(reason)
        return self.node(UNKNOWN, len(self.reasons) - 1)
