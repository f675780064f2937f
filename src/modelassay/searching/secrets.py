"""The search for credentials in all that is text: the bytes of an artifact, and what it says.

Text may stand anywhere in a file, so the same search sees the first bytes of every artifact, all
bytes of a deep scan, and the values of facts, which may lie behind gigabytes of weights. The kinds
are too particular for numbers and vocabularies to hold them by chance.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from modelassay.core.facts import Credential, Fact, Location
from modelassay.core.pattern import later
from modelassay.io.blob import Blob
from modelassay.searching.credentials import KINDS, Kind, placeholder
from modelassay.searching.said import texts

_SHOWN: Final = 4
_DIGITS: Final = 12
_CHUNK: Final = 1 << 20
_LAST: Final = 128 << 10
_LARGEST_TEXT: Final = 64 << 20
_OVERLAP: Final = 1 << 14  # what the longest kind takes
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MOST: Final = 50
_LITERALS: Final = tuple((one.decode(), kind) for kind in KINDS for one in kind.literals)
#: Ends of lines in strings of JSON and of source, as long as what stands for them.
_ESCAPES: Final = later(rb"\\[nrt]")


class Secrets:
    """The credentials of one file and all in it, each told once, where it stands innermost."""

    def __init__(self) -> None:
        self._told: set[bytes] = set()

    def read(self, blob: Blob) -> Iterator[Credential]:
        """Yield the credentials in the first and the last bytes of `blob`, and in all of a text.

        Raises as reading does.
        """
        head = blob.head(_CHUNK)
        if head.startswith(_WIDE):
            yield from self.search(head.decode("utf-16", "replace").encode(), 0)
        yield from self.search(head, 0)
        if b"\0" in head:
            start = max(blob.size - _LAST, _CHUNK)
            yield from self.search(blob.read_at(start, _LAST), start)
            return
        for offset in range(_CHUNK, min(blob.size, _LARGEST_TEXT), _CHUNK):
            start = offset - _OVERLAP
            yield from self.search(blob.read_at(start, _OVERLAP + _CHUNK), start)

    def search(self, data: bytes, offset: int) -> Iterator[Credential]:
        """Yield the credentials in `data`, which stands at `offset` of an artifact."""
        if data.find(b"\\") >= 0:
            data = _ESCAPES.sub(b"  ", data)
        text = data.decode("latin-1")  # in which Python finds a word with less ado than in bytes
        for kind in dict.fromkeys([kind for literal, kind in _LITERALS if literal in text]):
            for match in _pattern(kind).finditer(data):
                yield from self._take(kind, match, Location(offset + match.start()))

    def said(self, facts: Iterable[Fact]) -> Iterator[Credential]:
        """Yield the credentials in the text of `facts`."""
        for fact in facts:
            for text in texts(fact):
                data = text.encode("utf-8", "replace")
                for one in self.search(data, 0):
                    one.at = fact.at
                    yield one

    def _take(self, kind: Kind, match: re.Match[bytes], at: Location) -> Iterator[Credential]:
        value = match[0]
        digest = hashlib.sha256(value)
        if digest.digest() in self._told or len(self._told) >= _MOST:
            return
        proof = None if placeholder(value if kind.whole else match[1]) else kind.check(match)
        if proof is None:
            return
        self._told.add(digest.digest())
        shown, size = value[:_SHOWN].decode("ascii", "replace"), len(value)
        yield Credential(
            type=kind.name,
            shown=shown,
            size=size,
            sha256=digest.hexdigest()[:_DIGITS],
            proof=proof,
            at=at,
        )


@cache
def _pattern(kind: Kind) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![A-Za-z0-9_])" + kind.pattern + rb"(?![A-Za-z0-9_])")


def patterns() -> Iterator[bytes]:
    """Yield the patterns that a deep search sees every byte for."""
    yield from (kind.anchor or kind.pattern for kind in KINDS if kind.anchor is not None)
