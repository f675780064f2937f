"""The search of bytes that a format has read: what else stands in them, as it is or encoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.formats.base import Child
from modelassay.io.blob import Blob, Memory
from modelassay.io.budget import Budget
from modelassay.searching.encoded import decoded
from modelassay.searching.places import Found, examine, hits
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
        if self._skipped(place, format):
            return
        found = examine(format, self.blob, place, self.budget)
        if found is None or self._skipped(found.offset, format):
            return
        self._found.append(found)
        inner = self.blob.sub(found.offset, found.size)
        named = None if found.format == "compressed" else found.format
        yield Child(f"@{found.offset}", inner, role="found", format=named, place="bytes")

    def decode(self, data: bytes, offset: int) -> Iterator[Child]:
        """Yield what text in `data`, which stands at `offset`, decodes to."""
        for one in decoded(data, offset, self.budget):
            if not self._skipped(one.offset, one.found.format):
                self._found.append(Found(one.offset, 1, one.found.format))
                name, inner, place = f"@{one.offset}", Memory(one.data), f"{one.coding} text"
                yield Child(name, inner, role="found", place=place, at=one.offset)

    def _skipped(self, place: int, format: str) -> bool:
        if len(self._found) >= _MOST:
            return True
        inside = any(one.offset <= place < one.offset + one.size for one in self._found)
        return inside or self.taken.holds(place, format)


def carried(searcher: Searcher) -> Iterator[Child]:
    """Yield what the first bytes of an artifact carry."""
    data = searcher.blob.head(SEARCHED)
    for kind, place in sorted(hits(data), key=lambda hit: hit[1]):
        yield from searcher.take(kind, place)
    yield from searcher.decode(data, 0)
