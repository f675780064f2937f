"""Payloads in the bits of weights: looked for, taken out, verified, told. Sources: see `lowbits`.

What starts with a signature is found from any element on, in the bits that tools fill; text, what
a digest stands in front of, and streams of other numbers of bits, from the front of each tensor on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice
from typing import Final

import msgspec

from modelassay.formats.base import Child, Elements, Event, Incomplete
from modelassay.io.blob import Blob, Memory
from modelassay.io.budget import Budget
from modelassay.searching.fronts import FEWEST, Fronts
from modelassay.searching.hidden import (
    FARTHEST,
    HEAD,
    LARGEST,
    LONGEST_HEADER,
    Start,
    measured,
    started,
    starts,
    stated,
    stub,
)
from modelassay.searching.lowbits import WIDTHS, Layout, Stream
from modelassay.searching.sweep import Place, Sweep

_MOST_FOUND: Final = 20
_FIRST_TRIAL: Final = 1 << 16
_WINDOW: Final = 16 << 20
#: Bytes that are taken out of the weights of one width to see what they are.
_MOST_EFFORT: Final = 1 << 30
_UNNAMED: Final = frozenset(("compressed", "text", "data"))

#: What formats call the types.
_CALLED: Final = {
    **dict.fromkeys(("f16", "<f2", "half", "e"), "float16"),
    "bf16": "bfloat16",
    **dict.fromkeys(("f32", "<f4", "float", "f"), "float32"),
    **dict.fromkeys(("f64", "<f8", "double", "d"), "float64"),
    **dict.fromkeys(("i8", "|i1", "<i1", "char"), "int8"),
    **dict.fromkeys(("u8", "|u1", "<u1", "byte"), "uint8"),
    **dict.fromkeys(("i16", "<i2", "short"), "int16"),
    **dict.fromkeys(("i32", "<i4", "int"), "int32"),
    **dict.fromkeys(("i64", "<i8", "long"), "int64"),
    **dict.fromkeys(("u16", "<u2"), "uint16"),
    **dict.fromkeys(("u32", "<u4"), "uint32"),
    **dict.fromkeys(("u64", "<u8"), "uint64"),
}


def _typed(one: Elements) -> Elements:
    """Call the type by its one name."""
    name = one.dtype.lower()
    return msgspec.structs.replace(one, dtype=_CALLED.get(name, name))


def _by_width(elements: Iterable[Elements]) -> Iterator[list[Elements]]:
    """Yield the tensors of each width, in the order of the file."""
    known = [one for one in map(_typed, elements) if one.dtype in WIDTHS and one.size > 0]
    for width in sorted({WIDTHS[one.dtype] for one in known}):
        yield list(_apart(one for one in known if WIDTHS[one.dtype] == width))


def _apart(elements: Iterable[Elements]) -> Iterator[Elements]:
    """Yield whole elements in the order of the file, those that stand in two tensors once."""
    end = 0
    for one in sorted(elements, key=lambda one: (one.offset, -one.size)):
        width = WIDTHS[one.dtype]
        start = one.offset + -(-max(end - one.offset, 0) // width) * width
        size = (one.offset + one.size - start) // width * width
        if size > 0:
            yield msgspec.structs.replace(one, offset=start, size=size)
            end = start + size


class Weights:
    """The search of the tensors of one artifact, which is shown the bytes of it once, in order.

    `readings` are what its elements may be, each searched for itself.
    """

    def __init__(self, blob: Blob, budget: Budget, readings: Iterable[Sequence[Elements]]) -> None:
        self.blob = blob
        self._groups = [
            _Group(blob, budget, parts)
            for elements in readings
            for parts in _by_width(elements)
            if sum(part.size // WIDTHS[part.dtype] for part in parts) >= FEWEST
        ]

    def see(self, data: bytes, offset: int) -> Iterator[Event]:
        """Yield what is hidden in bytes of the artifact."""
        for group in self._groups:
            yield from group.see(data, offset)

    def read(self) -> Iterator[Event]:
        """Yield what is hidden where nobody else reads the bytes. Raises `ReadError`."""
        for group in self._groups:
            for part in group.parts:
                for offset in range(0, part.size, _WINDOW):
                    size = min(_WINDOW, part.size - offset)
                    data = self.blob.read_at(part.offset + offset, size)
                    yield from group.see(data, part.offset + offset)

    def finish(self) -> Iterator[Event]:
        """Yield the rest, and traces. Raises `ReadError` and `BudgetError`."""
        for group in self._groups:
            yield from group.finish()


class _Group:
    """Tensors whose elements are as wide, which tools fill one after the other."""

    def __init__(self, blob: Blob, budget: Budget, parts: list[Elements]) -> None:
        self.blob = blob
        self.budget = budget
        self.parts = parts
        self.width = WIDTHS[parts[0].dtype]
        self._sweep = Sweep(parts)
        self._firsts = [0, *accumulate(part.size // self.width for part in parts)]
        self._found: list[range] = []
        self._effort = 0

    def see(self, data: bytes, offset: int) -> Iterator[Event]:
        """See `Weights.see`."""
        yield from self._try(self._sweep.see(data, offset))

    def finish(self) -> Iterator[Event]:
        """See `Weights.finish`."""
        yield from self._try(self._sweep.finish())
        fronts = Fronts(self.blob, self.parts)
        for index, layout in fronts.search(self.budget):
            if not self._known(self._firsts[index]):
                yield from self._front(index, layout)
        yield from fronts.traces()
        if self._effort > _MOST_EFFORT:
            yield Incomplete("too many places in the weights look like the start of a payload")

    def _try(self, places: Iterator[Place]) -> Iterator[Event]:
        """Verify what may start at places in the middle of tensors."""
        for element, layout in places:
            if not 0 <= element < self._firsts[-1] or self._known(element):
                continue
            if self._effort > _MOST_EFFORT:
                continue
            self._effort += HEAD
            self.budget.tick()
            yield from self._start(element, layout)

    def _start(self, element: int, layout: Layout) -> Iterator[Child]:
        """Verify what may start at an element."""
        head = self._stream(element).extract(layout, HEAD)
        if head.startswith(b"PE\0\0"):
            element = self._stub(element, layout)
            head = self._stream(element).extract(layout, HEAD)
        for kind in started(head):
            start = Start(0, kind, header=self._before(element, layout))
            found = self._verified(element, layout, start)
            if found is not None:
                yield self._child(element, layout, start, found)
                return

    def _before(self, element: int, layout: Layout) -> bytes:
        """Return the eight bytes of a stream in front of an element, or fewer."""
        size = min(8, element * layout.bits // 8)
        return self._stream(element - size * 8 // layout.bits).extract(layout, size)

    def _stub(self, element: int, layout: Layout) -> int:
        """Return the element at which a PE starts, whose second header is at `element`."""
        size = min(FARTHEST, element * layout.bits // 8)
        first = element - size * 8 // layout.bits
        place = stub(self._stream(first).extract(layout, size + 4), size)
        return element if place is None else first + place * 8 // layout.bits

    def _front(self, index: int, layout: Layout) -> Iterator[Child]:
        """Verify what may stand near the front of a tensor."""
        first = self._firsts[index]
        head = self._stream(first).extract(layout, HEAD)
        for start in starts(head, "float" in self.parts[index].dtype):
            if self._known(first + start.place * 8 // layout.bits):
                continue
            found = self._verified(first, layout, start)
            if found is not None:
                yield self._child(first, layout, start, found)
                return

    def _known(self, element: int) -> bool:
        """Whether something found holds `element`, or enough was found."""
        inside = any(element in one for one in self._found)
        return inside or len(self._found) >= _MOST_FOUND

    def _stream(self, element: int) -> Stream:
        index = bisect_right(self._firsts, element) - 1
        return Stream(self.blob, islice(self.parts, index, None), element - self._firsts[index])

    def _verified(self, element: int, layout: Layout, start: Start) -> bytes | None:
        """Take out what starts there, as much of it as it takes to tell what it is."""
        stream = self._stream(element)
        wanted = start.size + start.place if start.size is not None else _FIRST_TRIAL
        while wanted <= LARGEST:
            self._effort += wanted
            data = stream.extract(layout, wanted)
            size = measured(data, start, self.budget)
            if size is not None and (
                size + start.place < wanted or len(data) < wanted or start.size
            ):
                return data[start.place : start.place + size]
            if len(data) < wanted or start.size is not None:
                return None
            wanted *= 8
        return None

    def _child(self, element: int, layout: Layout, start: Start, data: bytes) -> Child:
        index = bisect_right(self._firsts, element) - 1
        part, first, behind = self.parts[index], self._firsts[index], start.place
        end = element - (-(behind + len(data)) * 8 // layout.bits)
        if not _exact(part):
            element, behind = element + behind * 8 // layout.bits, 0
        elif self._headed(first, element, layout, len(data)):
            behind, element = (element - first) * layout.bits // 8, first
        self._found.append(range(element, end))
        at = part.offset + (element - first) * self.width
        named = None if start.format in _UNNAMED else start.format
        return Child(
            f"{part.name[:80]}@{at}~{layout.bits}",
            Memory(data),
            role="found",
            format=named,
            place=_place(part, layout, element - first, behind),
            at=at,
            dialect=start.format if named is None else None,
        )

    def _headed(self, first: int, element: int, layout: Layout, size: int) -> bool:
        """Whether a header that states the size stands between the front of a tensor and there."""
        bits = (element - first) * layout.bits
        if bits % 8 or not 0 < bits <= 8 * LONGEST_HEADER:
            return False
        header = self._stream(first).extract(layout, bits // 8)
        return size in stated(header)


def _exact(part: Elements) -> bool:
    """Whether a format says where the tensor starts; else it is a guess."""
    return bool(part.name) or part.shape is not None


def _place(part: Elements, layout: Layout, element: int, behind: int) -> str:
    """Say where a payload stands: how far into which tensor, and behind how long a header."""
    words = [layout.describe(part.dtype)]
    if part.name or (element and _exact(part)):
        start = f"element {element} of " if element else ""
        words.append(f"from {start}tensor {part.name[:80]!r} on")
    if behind:
        words.append(f"behind {behind} bytes")
    return ", ".join(words)
