"""The search of bytes that a format has read: what else stands in them, as it is or encoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.formats.base import Child
from modelassay.io.blob import Blob, Memory
from modelassay.io.budget import Budget
from modelassay.searching.encoded import decoded
from modelassay.searching.packed import zlib_streams
from modelassay.searching.places import MEASURES, Found, examine, hits
from modelassay.searching.taken import Taken

#: So much of an artifact is searched by default; all of it with `deep`.
SEARCHED: Final = 1 << 20
_MOST: Final = 100


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


def carried(searcher: Searcher) -> Iterator[Child]:
    """Yield what the first bytes of an artifact carry."""
    data = searcher.blob.head(SEARCHED)
    for kind, place in sorted(hits(data), key=lambda hit: hit[1]):
        yield from searcher.take(kind, place)
    yield from searcher.keep(data)
    yield from searcher.unpack(data)
    yield from searcher.decode(data, 0)
