"""The deep pass: every byte hashed and searched, once, in bounded memory.

The bytes are read window by window. While one thread hashes a window, the other searches it for
rules, signatures and encoded text, and the bits of its weights; a window begins with the last bytes
of the one before, so that nothing is cut in two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from modelassay.core.facts import Signature
from modelassay.formats.base import Event
from modelassay.searching.carried import SEARCHED, Searcher, rest
from modelassay.searching.secrets import Secrets
from modelassay.searching.signatures import Signatures
from modelassay.searching.weights import Weights

#: A file of this size is seen whole, a larger one in windows.
WHOLE: Final = 48 << 20
_WINDOW: Final = 8 << 20
_OVERLAP: Final = 64 << 10
_LEAD: Final = 64
_LONGEST_TEXT: Final = 4 << 20
_LONGEST_SECRET: Final = 16 << 10


class Pass:
    """One pass over the bytes of `searcher`; `sha256` stands when all was yielded."""

    def __init__(
        self, searcher: Searcher, secrets: Secrets, signatures: Signatures, weights: Weights
    ) -> None:
        self.searcher = searcher
        self.secrets = secrets
        self.signatures = signatures
        self.weights = weights
        self.sha256 = ""
        self._rules: dict[tuple[str, str], Signature] = {}

    def run(self) -> Iterator[Event]:
        """Yield what is found. Raises `ReadError` and `BudgetError`."""
        blob, digest = self.searcher.blob, hashlib.sha256()
        window = blob.size if blob.size <= WHOLE else _WINDOW
        with ThreadPoolExecutor(1) as hashing:
            before = b""
            for offset in range(0, blob.size, max(window, 1)):
                self.searcher.budget.tick()
                data = blob.read_at(offset, window)
                hashed = hashing.submit(digest.update, data)
                yield from self._search(before + data, offset - len(before))
                yield from self.weights.see(data, offset)
                before = data[-_OVERLAP:]
                hashed.result()
        self.sha256 = digest.hexdigest()

    def facts(self) -> Iterator[Signature]:
        """Yield the rules that matched, each at its first place."""
        yield from self._rules.values()

    def _search(self, data: bytes, offset: int) -> Iterator[Event]:
        hits = self.signatures.search(data, offset)
        for match in hits.matches:
            known = self._rules.setdefault((match.source, match.name), match)
            known.count += 0 if known is match else 1
        for kind, place in sorted(hits.places, key=lambda hit: hit[1]):
            yield from self.searcher.take(kind, offset + place)
        if offset == 0:
            yield from self.searcher.keep(data[:SEARCHED])
            yield from self.searcher.unpack(data[:SEARCHED])
        for place in sorted(hits.encoded):
            start = max(place - _LEAD, 0)
            piece = data[start : start + _LONGEST_TEXT]
            more = rest(self.searcher.blob, piece, offset + start + len(piece))
            yield from self.searcher.decode(piece + more, offset + start)
        end = 0
        for place in sorted(hits.secrets):
            if place >= end:
                start, end = max(place - _LEAD * 8, 0), place + _LONGEST_SECRET
                yield from self.secrets.search(data[start : end + _LONGEST_SECRET], offset + start)
