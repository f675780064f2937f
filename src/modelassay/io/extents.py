"""Extents: which bytes are spoken for, and which by nobody or by two."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Literal

LARGEST = 1 << 64


class Extents:
    """Takes (start, end) pairs of offsets below 2**64; cheap where they follow each other."""

    def __init__(self) -> None:
        self.end = 0
        self._places = array("Q")
        self._in_order = True

    def add(self, start: int, end: int) -> None:
        """Take an extent; `start` is not beyond `end`."""
        if start != self.end:
            self._in_order = False
        if end > self.end:
            self.end = end
        self._places.append(start)
        self._places.append(end)

    def extend(self, places: array[int]) -> None:
        """Take extents, the start and end of one after another."""
        if not places:
            return
        ends = places[1::2]
        if places[0] != self.end or places[2::2] != ends[:-1]:
            self._in_order = False
        self.end = max(self.end, max(ends))
        self._places.extend(places)

    def faults(self) -> Iterator[tuple[Literal["hole", "overlap"], int, int]]:
        """Yield every hole and every overlap as (what, start, end), in order."""
        if self._in_order:
            return
        position = 0
        for start, end in sorted(zip(self._places[::2], self._places[1::2], strict=True)):
            if start > position:
                yield "hole", position, start
            elif start < min(position, end):
                yield "overlap", start, min(position, end)
            position = max(position, end)
