"""Payloads in the low bits of weights: taken out, verified, told; and traces of some.

A stream of bits counts only if something of verified structure starts in its first bytes, behind
a header of a length or a digest perhaps: an executable, an archive, a pickle, a script, text, or
any message whose digest stands in front of it. For the sources see `lowbits`.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from modelassay.core.facts import Anomaly, Location
from modelassay.core.values import Const
from modelassay.formats.base import Child, Elements, Event
from modelassay.io.blob import Blob, Memory
from modelassay.io.budget import Budget
from modelassay.searching.lowbits import WIDTHS, Layout, Stream, layouts, take
from modelassay.searching.places import MEASURES, hits

#: Bytes of a stream that are looked at for the start of a payload, and of a header before it.
_HEAD: Final = 384
_LONGEST_HEADER: Final = 128
_FEWEST: Final = 64  # elements
_MOST_STREAMS: Final = 50_000
_MOST_FOUND: Final = 20
_LARGEST: Final = 64 << 20
_FIRST_TRIAL: Final = 1 << 16
_LOCAL: Final = b"PK\3\4"
_TEXT: Final = re.compile(rb"[\t\n\r\x20-\x7e]{96,}")
_PRINTABLE: Final = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xf4]+")
_SHORTEST_TEXT: Final = 24
_WORDS: Final = re.compile(rb"[A-Za-z]{2,}")
_FEWEST_CHARACTERS: Final = 14
_DIGESTS: Final = {32: "md5", 40: "sha1", 64: "sha256"}
_SEALED: Final = re.compile(rb"[0-9a-f]{32,64}")


class _Start(NamedTuple):
    """Where in a stream something of the format `format` may start, its size if that is told."""

    place: int
    format: str
    size: int | None = None


#: What formats call the types.
_CALLED: Final = {
    **dict.fromkeys(("f16", "<f2", "half", "e"), "float16"),
    "bf16": "bfloat16",
    **dict.fromkeys(("f32", "<f4", "float", "f"), "float32"),
    **dict.fromkeys(("f64", "<f8", "double", "d"), "float64"),
    **dict.fromkeys(("i8", "|i1", "char"), "int8"),
    **dict.fromkeys(("u8", "|u1", "byte"), "uint8"),
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


class Weights:
    """The search of the tensors of one artifact."""

    def __init__(self, blob: Blob, budget: Budget, elements: Sequence[Elements]) -> None:
        self.blob = blob
        self.budget = budget
        typed = map(_typed, elements)
        known = [one for one in typed if one.dtype in WIDTHS and one.size > 0]
        self.elements = sorted(known, key=lambda one: one.offset)
        self._found = 0
        self._until: dict[int, int] = {}  # by width: where the last payload found ends

    def search(self) -> Iterator[Event]:
        """Yield what is hidden, and traces. Raises `ReadError` and `BudgetError`."""
        streams = 0
        for width in sorted(set(map(WIDTHS.__getitem__, {one.dtype for one in self.elements}))):
            parts = [one for one in self.elements if WIDTHS[one.dtype] == width]
            for index, part in enumerate(parts):
                if index and part.size < _FEWEST * width:
                    continue  # a scalar, a short bias: seen as part of the streams before it
                streams += 1
                if streams > _MOST_STREAMS or self._found >= _MOST_FOUND:
                    return
                self.budget.tick()
                yield from self._one(parts[index:], part)

    def _one(self, parts: list[Elements], part: Elements) -> Iterator[Event]:
        """Look at the streams that start with `part`."""
        width = WIDTHS[part.dtype]
        if part.offset < self._until.get(width, 0):
            return
        stream = Stream(self.blob, parts)
        data = stream.head(_HEAD * 8)
        if len(data) < _FEWEST * width:
            return
        real = "float" in part.dtype
        for layout in layouts(width, real):
            wanted = -(-_HEAD * 8 // layout.bits) * width
            head = take(data[:wanted], width, layout)
            for start in _starts(head, real):
                child = self._verify(stream, part, layout, start)
                if child is not None:
                    yield child
                    return
        yield from traces(part, data, width)

    def _verify(
        self, stream: Stream, part: Elements, layout: Layout, start: _Start
    ) -> Child | None:
        """Take out what starts there, as much of it as it takes to tell what it is."""
        wanted = start.size + start.place if start.size is not None else _FIRST_TRIAL
        while wanted <= _LARGEST:
            data = stream.extract(layout, wanted)
            size = self._measure(data, start)
            if size is not None and (
                size + start.place < wanted or len(data) < wanted or start.size
            ):
                return self._child(part, layout, start, data[start.place : start.place + size])
            if len(data) < wanted or start.size is not None:
                return None
            wanted *= 8
        return None

    def _measure(self, data: bytes, start: _Start) -> int | None:
        inner = data[start.place :]
        if start.format in ("text", "script"):
            known = start.format == "text" or MEASURES["script"](Memory(inner), self.budget)
            return _text_size(data, start.place) if known else None
        if start.format == "data":
            return _sealed_size(data, start)
        return MEASURES[start.format](Memory(inner), self.budget)

    def _child(self, part: Elements, layout: Layout, start: _Start, data: bytes) -> Child:
        self._found += 1
        width = WIDTHS[part.dtype]
        elements = -(-(start.place + len(data)) * 8 // layout.bits)
        self._until[width] = part.offset + elements * width
        place = layout.describe(part.dtype)
        if part.name:
            place += f", from tensor {part.name[:80]!r} on"
        if start.place:
            place += f", behind {start.place} bytes"
        named = None if start.format in ("compressed", "text", "data") else start.format
        name = f"{part.name[:80]}@{part.offset}~{layout.bits}"
        return Child(
            name,
            Memory(data),
            role="found",
            format=named,
            place=place,
            at=part.offset,
            dialect=start.format if named is None else None,
        )


def _starts(head: bytes, real: bool) -> Iterator[_Start]:
    """Yield what may start near the front of a stream that starts with `head`."""
    sealed = _SEALED.search(head, 0, 80)
    if sealed is not None and sealed.start() in (4, 8):
        digits = next(count for count in (64, 40, 32) if count <= len(sealed[0]))
        for size in _stated(head, sealed.start()):
            yield _Start(sealed.start() + digits, "data", size)
    for kind, place in hits(head):
        if 0 <= place <= _LONGEST_HEADER and kind != "zip":
            yield _Start(place, kind)
    place = head.find(_LOCAL, 0, _LONGEST_HEADER + 4)
    if place >= 0:
        yield _Start(place, "zip")
    text = _TEXT.search(head, 0, _LONGEST_HEADER + 96) if real else None
    if text is not None and text.start() <= _LONGEST_HEADER and _reads(text[0]):
        yield _Start(text.start(), "text")


def _stated(data: bytes, end: int) -> Iterator[int]:
    """Yield the lengths that the four or eight bytes in front of `end` may state."""
    for width in (4, 8):
        for order in ("little", "big"):
            size = int.from_bytes(data[max(end - width, 0) : end], order)
            if end >= width and 0 < size <= _LARGEST:
                yield size


def _text_size(data: bytes, place: int) -> int | None:
    """Return the size of text: as a length in front of it states, or to the end of its lines."""
    found = _PRINTABLE.match(data, place)
    size = len(found[0]) if found else 0
    stated = [one for one in _stated(data, place) if _SHORTEST_TEXT <= one <= size]
    if stated:
        return stated[0]
    end = data.rfind(b"\n", place, place + size) + 1
    return (end - place if place + size - end < _SHORTEST_TEXT < end - place else size) or None


def _sealed_size(data: bytes, start: _Start) -> int | None:
    """Return the size of a message whose digest stands in front of it, `None` if it is another."""
    message = data[start.place : start.place + (start.size or 0)]
    for digits, name in _DIGESTS.items():
        stated = data[max(start.place - digits, 0) : start.place]
        if len(message) == start.size and stated == _digest(name, message):
            return start.size
    return None


def _digest(name: str, message: bytes) -> bytes:
    return hashlib.new(name, message, usedforsecurity=False).hexdigest().encode()


def _reads(text: bytes) -> bool:
    """Whether printable bytes are words, and no pattern of numbers that count up or repeat."""
    words = sum(len(word) for word in _WORDS.findall(text))
    steps = {after - before for before, after in itertools.pairwise(text)}
    return (
        len(set(text)) >= _FEWEST_CHARACTERS
        and words * 2 >= len(text)
        and text.count(b" ") + text.count(b"\n") >= len(text) // 20
        and len(steps) >= _FEWEST_CHARACTERS
    )


#: Trace: so many values one after the other that share a leading byte but for the sign.
_RUN: Final = 1024
_NOISE: Final = 200  # different values that the byte behind it has at least
#: Trace: low bits that are zero in so many of the values, by the bits of the shorter type.
_WIDENED: Final = {4: (16, 13), 8: (29,)}


def traces(part: Elements, data: bytes, width: int) -> Iterator[Anomaly]:
    """Yield what the first elements of a tensor of floating-point numbers give away."""
    if "float" not in part.dtype or len(data) < 2 * _RUN * width:
        return
    if width == 4:
        yield from _constant_byte(part, data[3::4], data[2::4])
    own = data[: part.size]  # what follows may be of another precision as a whole
    for bits in _WIDENED.get(width, ()):
        told = list(_widened(part, own, width, bits)) if len(own) >= 2 * _RUN * width else []
        yield from told
        if told:
            return


def _constant_byte(part: Elements, leading: bytes, following: bytes) -> Iterator[Anomaly]:
    first = leading[:_RUN]
    values = set(first)
    low = min(values)
    if values != {low, low | 0x80} or low in (0, 0x7F):
        return
    negative = first.count(low | 0x80)
    if not _RUN // 8 < negative < _RUN * 7 // 8 or len(set(following[:_RUN])) < _NOISE:
        return
    message = (
        f"the first {_RUN} values of {part.name[:80]!r} share the leading byte {low:02x} but for "
        f"the sign, the next byte takes {len(set(following[:_RUN]))} values"
    )
    yield _anomaly("weights-constant-byte", message, part.offset, _RUN)


def _widened(part: Elements, data: bytes, width: int, bits: int) -> Iterator[Anomaly]:
    """Tell of a run of values with low bits, in front of values without."""
    count = len(data) // width
    mask = (1 << bits) - 1
    odd = [
        index
        for index in range(count)
        if int.from_bytes(data[index * width : index * width + 4], "little") & mask
    ]
    if not count // 64 < len(odd) < count // 2:
        return
    end = odd[-1] + 1
    if len(odd) * 10 < end * 9 or bisect_left(odd, count // 2) != len(odd):
        return
    message = (
        f"the low {bits} bits of {part.name[:80]!r} are zero but for {len(odd)} of its first "
        f"{end} values; of {count} looked at"
    )
    yield _anomaly("weights-low-bits", message, part.offset, len(odd), count)


def _anomaly(kind: str, message: str, offset: int, *values: int) -> Anomaly:
    constants = tuple(Const(value) for value in values)
    return Anomaly(kind=kind, message=message, values=constants, at=Location(offset))
