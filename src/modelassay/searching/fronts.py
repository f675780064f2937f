"""The fronts of tensors, many at a time: where a stream in one of all orders is worth a look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from modelassay.core.facts import Anomaly
from modelassay.formats.base import Elements
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.searching.lowbits import REVERSED, WIDTHS, Layout, Stream, layouts, take
from modelassay.searching.magics import plain
from modelassay.searching.traces import Traces

#: Tensors of fewer elements are seen as part of the streams before them.
FEWEST: Final = 64
_ELEMENTS: Final = 1 << 10
_TRACED: Final = 1 << 11
_BATCH: Final = 64
_NEAR: Final = 512  # a tensor of so many that follow it fills any front
_RUN: Final = b"a" * 32
_PRINTABLE: Final = bytes(
    97 if 32 <= byte < 127 or byte in b"\t\n\r" else 32 for byte in range(256)
)


class Fronts:
    """The first elements of each of `parts`, which are of one width, and of those behind it."""

    def __init__(self, blob: Blob, parts: Sequence[Elements]) -> None:
        self.blob = blob
        self.parts = parts
        self.width = WIDTHS[parts[0].dtype]
        self._real = any("float" in part.dtype for part in parts)
        self._traces = Traces()

    def search(self, budget: Budget) -> Iterator[tuple[int, Layout]]:
        """Yield (index of a tensor, layout) of streams in whose front something may stand."""
        wanted = [
            index
            for index, part in enumerate(self.parts)
            if index == 0 or part.size >= FEWEST * self.width
        ]
        size = _ELEMENTS * self.width
        for at in range(0, len(wanted), _BATCH):
            budget.tick()
            batch = wanted[at : at + _BATCH]
            heads = [self._head(index) for index in batch]
            data = b"".join(head[:size].ljust(size, b"\0") for head in heads)
            streams: dict[Layout, bytes] = {}  # bytes turned round are packed once
            found = []
            for number, layout in enumerate(layouts(self.width, self._real)):
                filled = layout._replace(filling=True) if layout.bits <= 8 else layout
                if filled not in streams:
                    streams[filled] = take(data, self.width, filled)
                stream = streams[filled]
                if filled != layout:
                    stream = stream.translate(REVERSED)
                found += [(row, number, layout) for row in _rows(stream, layout)]
            for row, _, layout in sorted(found):
                yield batch[row], layout

    def traces(self) -> Iterator[Anomaly]:
        """Yield what the fronts seen give away."""
        yield from self._traces.told()

    def _head(self, index: int) -> bytes:
        parts = islice(self.parts, index, index + _NEAR)
        data = Stream(self.blob, parts).head(_TRACED)
        self._traces.see(self.parts[index], data)
        return data


def _rows(stream: bytes, layout: Layout) -> set[int]:
    """Return the indexes of those fronts in which text or a signature stands."""
    each = _ELEMENTS * layout.bits // 8
    rows = {place // each for _, place in plain().find(stream)}
    text = stream.translate(_PRINTABLE)
    place = text.find(_RUN)
    while place >= 0:
        rows.add(place // each)
        place = text.find(_RUN, (place // each + 1) * each)
    return rows
