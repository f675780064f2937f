"""The search of bytes that a format has read: what else stands in them, as it is or encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from modelassay.core.facts import Fact
from modelassay.formats.base import Child
from modelassay.io.blob import Blob, Memory
from modelassay.io.budget import Budget
from modelassay.searching.encoded import ENCODED, decoded
from modelassay.searching.packed import zlib_streams
from modelassay.searching.places import MEASURES, Found, examine, hits
from modelassay.searching.said import texts
from modelassay.searching.taken import Taken

#: So much of an artifact is searched by default, at its start and at its end; all with `deep`.
SEARCHED: Final = 1 << 20
_LAST: Final = 128 << 10
_MOST: Final = 100
_SHOWN: Final = 28  # characters of a text by which it is found among the bytes
_NEAR: Final = 64 << 10
_BROKEN: Final = 256
_LARGEST_TEXT: Final = 64 << 20
_MARKED: Final = bytes(32 if byte in ENCODED else 0 for byte in range(256))


class Searcher:
    """Collects what is found in one artifact, each thing once. `taken` is what others read."""

    def __init__(self, blob: Blob, budget: Budget, taken: Taken) -> None:
        self.blob = blob
        self.budget = budget
        self.taken = taken
        self._found: list[Found] = []

    def take(self, format: str, place: int) -> Iterator[Child]:
        """Yield what stands at the `place` of a signature of `format`, if it is new."""
        if self._met(place) or self.taken.holds(place, format):
            return
        found = examine(format, self.blob, place, self.budget)
        if found is None or self._met(found.offset) or self.taken.holds(found.offset, format):
            return
        self._found.append(found)
        inner = self.blob.sub(found.offset, found.size)
        named = None if found.format == "compressed" else found.format
        yield Child(f"@{found.offset}", inner, role="found", format=named, place="bytes")

    def keep(self, data: bytes) -> Iterator[Child]:
        """Yield the pickles that are constants of one in `data`, with which the artifact starts.

        Nothing loads them by itself, but whoever takes them out does.
        """
        if not self.taken.keeps("pickle"):
            return
        from modelassay.formats.pickle.candidates import kept

        for place, size in kept(data):
            ends = (place - 2, place + size - 1)  # of a constant, length and all
            expected = all(self.taken.expects(end, "pickle") for end in ends)
            if not expected or self.taken.begins(place) or self._met(place):
                continue
            inner = self.blob.sub(place, size)
            if MEASURES["pickle"](inner, self.budget):
                self._found.append(Found(place, size, "pickle"))
                yield Child(f"@{place}", inner, role="payload", place="bytes")

    def unpack(self, data: bytes) -> Iterator[Child]:
        """Yield what zlib streams in `data`, with which the artifact starts, hold."""
        for place in zlib_streams(data):
            yield from self.take("compressed", place)

    def decode(self, data: bytes, offset: int) -> Iterator[Child]:
        """Yield what text in `data`, which stands at `offset`, decodes to.

        What stands there as a matter of course hides nothing, but is read: programs put pickles
        into strings of JSON, and their loaders take them out.
        """
        for one in decoded(data, offset, self.budget):
            if self._met(one.offset) or self.taken.decodes(one.offset):
                continue
            self._found.append(Found(one.offset, 1, one.found.format))
            honest = one.found.format == "pickle" and self.taken.expects(one.offset, "pickle")
            yield Child(
                f"@{one.offset}",
                Memory(one.data),
                role="payload" if honest else "found",
                place=f"{one.coding} text",
                at=one.offset,
            )

    def _met(self, place: int) -> bool:
        """Whether something found covers `place`, or enough was found."""
        inside = any(one.offset <= place < one.offset + one.size for one in self._found)
        return inside or len(self._found) >= _MOST


def stretches(size: int) -> list[tuple[int, int]]:
    """Return what is searched by default of `size` bytes: first and last place of each stretch.

    Formats that are written in one go have their weights in between, and texts at either end.
    """
    if size <= SEARCHED + _LAST:
        return [(0, size)]
    return [(0, SEARCHED), (size - _LAST, size)]


def carried(searcher: Searcher) -> Iterator[Child]:
    """Yield what the first and the last bytes of an artifact carry."""
    for start, end in stretches(searcher.blob.size):
        data = searcher.blob.read_at(start, end - start)
        for kind, place in sorted(hits(data), key=lambda hit: hit[1]):
            yield from searcher.take(kind, start + place)
        if start == 0:
            yield from searcher.keep(data)
            yield from searcher.unpack(data)
        yield from searcher.decode(data + rest(searcher.blob, data, end), start)


def rest(blob: Blob, data: bytes, end: int) -> bytes:
    """Return the rest of encoded text that `data`, which ends at `end` of `blob`, breaks off in."""
    found = bytearray()
    while data and not data[-_BROKEN:].translate(None, ENCODED) and len(found) < _LARGEST_TEXT:
        data = blob.read_at(end + len(found), SEARCHED)
        stop = data.translate(_MARKED).find(b"\0")
        data = data if stop < 0 else data[: stop + 1]
        found += data
    return bytes(found)


def written(searcher: Searcher, facts: Iterable[Fact]) -> Iterator[Child]:
    """Yield what texts that a format tells of decode to, wherever in the artifact they stand."""
    searched = stretches(searcher.blob.size)
    for fact in facts:
        at = fact.at.offset
        if at is None or any(start <= at < end for start, end in searched):
            continue
        for text in texts(fact):
            head = text[:_SHOWN].encode("utf-8", "replace")
            if len(head) == _SHOWN and (place := searcher.blob.read_at(at, _NEAR).find(head)) >= 0:
                start, end = at + place, min(at + place + SEARCHED, searcher.blob.size)
                data = searcher.blob.read_at(start, end - start)
                yield from searcher.decode(data + rest(searcher.blob, data, end), start)
