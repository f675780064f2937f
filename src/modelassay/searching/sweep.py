"""Starts of payloads at any element of any tensor, in one pass over the elements of one width.

The bits that tools fill, 1, 2, 4, 8 and so many of the lowest bytes, are searched for signatures in
all orders; what stands at a place found is for others to verify.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from modelassay.formats.base import Elements
from modelassay.searching import magics
from modelassay.searching.lowbits import WIDTHS, Layout, halvings

#: Elements that are searched at once, and how many of them are seen again with the next.
_PIECE: Final = 1 << 19
_OVERLAP: Final = 1 << 10


class Place(NamedTuple):
    """Something may start at `element`, counted through all tensors, in a stream of `layout`."""

    element: int
    layout: Layout


class Sweep:
    """The elements of one width, in the order of the file; `parts` overlap nowhere."""

    def __init__(self, parts: Sequence[Elements]) -> None:
        self.parts = parts
        self.width = WIDTHS[parts[0].dtype]
        self._ends = [part.offset + part.size for part in parts]
        self._held = bytearray()
        self._first = 0  # the element that what is held starts with

    def see(self, data: bytes, offset: int) -> Iterator[Place]:
        """Take bytes of the file, which follow those seen before, and yield what is in them."""
        step = _PIECE * self.width
        for index in range(bisect_right(self._ends, offset), len(self.parts)):
            part = self.parts[index]
            if part.offset >= offset + len(data):
                break
            start, end = max(part.offset - offset, 0), min(self._ends[index] - offset, len(data))
            for place in range(start, end, step):
                self._held += data[place : min(place + step, end)]
                if len(self._held) >= step:
                    yield from self._search(_OVERLAP * self.width)

    def finish(self) -> Iterator[Place]:
        """Yield what is in the last bytes."""
        yield from self._search(0)

    def _search(self, kept: int) -> Iterator[Place]:
        size = len(self._held) // self.width * self.width
        data = bytes(self._held[:size])
        for element, layout in self._places(data):
            yield Place(self._first + element, layout)
        used = max(size - kept, 0)
        del self._held[:used]
        self._first += used // self.width

    def _places(self, data: bytes) -> Iterator[Place]:
        """Yield what is in whole elements, the widest streams first."""
        whole = magics.whole(self.width)
        for sign, place in whole.find(data) if whole else ():
            element, rest = divmod(place - sign.bits // 8, self.width)
            if not rest:
                yield Place(element, sign.layout)
        for bits, stream in halvings(data[:: self.width]):
            # The bytes of a tensor of bytes are searched for what they are.
            for finder in magics.packed(bits) if bits < 8 * self.width else ():
                for sign, place in finder.find(stream):
                    yield Place((place * 8 - sign.bits) // bits, sign.layout)
