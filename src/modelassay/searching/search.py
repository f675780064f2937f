"""The search of one artifact beside its reading, which tells it what it meets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from modelassay.core.facts import Anomaly, Fact, Payload
from modelassay.formats import Entry
from modelassay.formats.base import Child, Elements, Event
from modelassay.io.blob import Blob, Extent, extent
from modelassay.io.budget import Budget
from modelassay.searching.carried import Searcher, carried, stretches, written
from modelassay.searching.identity import OUTSIDE, identity, is_text, payload
from modelassay.searching.nesting import Nesting, excess, holds_itself
from modelassay.searching.secrets import Secrets
from modelassay.searching.taken import Taken

if TYPE_CHECKING:
    from modelassay.searching.signatures import Signatures


#: Formats whose members may be archives themselves.
_CONTAINERS: Final = frozenset(("zip", "npz", "skops", "tar", "7z", "compressed"))


class Search:
    """What a search of one artifact needs to know, and what it found.

    `signatures` stand for a deep search. `passed` are the extents that are searched already as
    artifacts are by default, `swept` those whose every byte a deep search has seen. `identity` is
    what the artifact is as a payload, `sha256` its hash if all was read.
    """

    def __init__(
        self,
        blob: Blob,
        budget: Budget,
        signatures: Signatures | None = None,
        passed: tuple[Extent, ...] = (),
        nesting: Nesting | None = None,
        secrets: Secrets | None = None,
        swept: tuple[Extent, ...] = (),
    ) -> None:
        self.blob = blob
        self.budget = budget
        self.signatures = signatures
        self.own = extent(blob)
        self.passed = any(self.own.within(other) for other in passed)
        self.around = passed if self.passed else (*passed, *self._searched())
        self.swept = any(self.own.within(other) for other in swept)
        self._all = swept if self.swept else (*swept, self.own)
        self.taken = Taken(self.own.start)
        self.elements: list[Elements] = []
        self.identity: str | None = None
        self.sha256: str | None = None
        self._content: str | None = None
        self._decoded: Blob | None = None
        self._outermost = nesting is None
        self._nesting = nesting or Nesting()
        self._secrets = secrets or Secrets()
        self._entered = False
        self._key: bytes | None = None
        self._unpacked = 0
        self._described = False
        self._outside = False
        self._done = False

    def _searched(self) -> Iterator[Extent]:
        base, start, end = self.own
        for first, last in stretches(end - start):
            yield Extent(base, start + first, start + last)

    def inner(self, child: Child) -> Search:
        """Return the search of a child."""
        around, nesting, secrets, swept = self.around, self._nesting, self._secrets, self._all
        search = Search(child.blob, self.budget, self.signatures, around, nesting, secrets, swept)
        search._outside = child.role in OUTSIDE
        return search

    def repeated(self, entries: Sequence[Entry]) -> Anomaly | bool:
        """Whether this is an archive that was read before in the same file; or is being read.

        Models that are archives are read wherever they stand.
        """
        if not any(_CONTAINERS.intersection((entry.id, *entry.refines)) for entry in entries):
            return False
        self._entered = self._nesting.enter(self.blob)
        if not self._entered:
            return holds_itself()
        if not _CONTAINERS.intersection(entry.id for entry in entries):
            return False
        self._key, size = self._nesting.known(self.blob)
        self._unpacked = size or 0
        self._done = size is not None
        return self._done

    @property
    def described(self) -> bool:
        """Whether it is known where tensors lie in the artifact, or in parts of it."""
        return bool(self.elements) or self._described

    def met(self, child: Child, search: Search, format: str | None) -> tuple[Payload, Blob] | None:
        """Note a child that was read; return the fact and the bytes of it, if it is out of place.

        Of one in encoded text, these are the bytes that it decodes to.
        """
        self._described |= search.described
        if child.role in ("member", "content"):
            self._unpacked += max(search._unpacked, child.blob.size)
        if child.role == "content" and self._content is None:
            self._content = search.identity
            inner = search.identity is not None and is_text(search.identity)
            self._decoded = search._decoded if inner else child.blob
        if search.own.base is self.own.base:
            self.taken.include(search.taken)
        elif child.at is not None:
            self.taken.unpack(child.at)
        # What a search was told of bytes that no format recognises, such as text in weights.
        kind = search.identity or (child.dialect if isinstance(child.dialect, str) else None)
        if kind is None:
            return None
        data = (search._decoded if is_text(kind) else None) or child.blob
        fact = payload(self.blob, format, child, kind, self.budget, data)
        return None if fact is None else (fact, data)

    def run(self, format: str | None, facts: Sequence[Fact]) -> Iterator[Event]:
        """Yield what rides along in an artifact of `format`. Raises as reading does."""
        if self._entered:
            self._nesting.leave(self._key, self._unpacked)
        self.identity = identity(format, facts, self._content)
        if self._outermost and (grown := excess(self.blob.size, self._unpacked)) is not None:
            yield grown
        if self._done:
            return
        # Text may well show scripts, but not where a format has no place for text.
        if format is not None and not (self._outside and format == "text"):
            whole = not any(isinstance(fact, Anomaly) for fact in facts)
            self.taken.read(self.own.start, self.blob.size, format, whole)
        yield from self._secrets.read(self.blob)
        yield from self._secrets.said(facts)
        searcher = Searcher(self.blob, self.budget, self.taken)
        if not self.passed:
            yield from carried(searcher)
        yield from written(searcher, facts)
        if self.signatures is None:
            return
        # Loaded for deep scans alone.
        from modelassay.searching.deep import Pass
        from modelassay.searching.guess import guessed
        from modelassay.searching.weights import Weights

        readings = [self.elements]
        if not self.described:
            readings = guessed(self.blob, format is not None)
        weights = Weights(self.blob, self.budget, readings)
        if self.swept:
            yield from weights.read()
        else:
            one = Pass(searcher, self._secrets, self.signatures, weights)
            yield from one.run()
            yield from one.facts()
            self.sha256 = one.sha256
        yield from weights.finish()
