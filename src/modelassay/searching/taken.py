"""Which places of an artifact are known already, and are no finding of a search."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

#: Streams, and those of which nearly any bytes may be the start.
_STREAMS: Final = frozenset(("gzip", "bzip2", "xz", "lzma", "zstd", "lz4", "zlib", "joblib-zf"))
_WEAK: Final = frozenset(("lzma", "zlib"))
#: What a format holds as a matter of course, by the format of the whole; `None` for anything.
_EXPECTED: Final[dict[str, frozenset[str] | None]] = {
    **dict.fromkeys(
        ("pickle", "joblib", "pytorch-legacy", "hdf5", "base64", "skops"),
        frozenset({"pickle"}),
    ),
    **dict.fromkeys(("tar", "nemo", "pytorch-tar"), frozenset({"tar"})),
    **dict.fromkeys(_STREAMS, frozenset({"compressed"})),
    "text": frozenset({"script", "pickle"}),
    # Source shows scripts in its comments and strings; what it does with them it says itself.
    **dict.fromkeys(
        ("python-module", "notebook", "requirements", "conda", "project"), frozenset({"script"})
    ),
    **dict.fromkeys(("executable", "python-code", "script", "shell", "python-source"), None),
}


#: Formats that say themselves what their text decodes to.
_DECODING: Final = frozenset(("base64",))


class Spans:
    """Stretches of bytes, asked whether they hold a place."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._new: list[tuple[int, int]] = []

    def add(self, start: int, end: int) -> None:
        """Take a stretch."""
        self._new.append((start, end))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        yield from zip(self._starts, self._ends, strict=True)
        yield from self._new

    def __contains__(self, place: int) -> bool:
        if self._new:
            self._merge()
        index = bisect_right(self._starts, place) - 1
        return index >= 0 and place < self._ends[index]

    def _merge(self) -> None:
        """Put them in order, those that touch as one."""
        merged = sorted(self)
        self._starts, self._ends, self._new = [], [], []
        for start, end in merged:
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)


class Taken:
    """What is known of a blob. Offsets count from the start of what the blob is taken from.

    A part that was read for itself begins at each of `_starts`; in `_closed` something may stand as
    a matter of course, by what that is, `None` for anything.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self._starts: set[int] = set()
        self._closed: defaultdict[str | None, Spans] = defaultdict(Spans)
        self._decoded = Spans()

    def read(self, start: int, size: int, format: str | None, whole: bool = True) -> None:
        """Note an artifact that was read, of the format `format`, and if its bytes held to it."""
        self._starts.add(start)
        if format in _EXPECTED and (whole or format not in _WEAK):
            kinds = _EXPECTED[format]
            for kind in kinds or (None,):
                self._closed[kind].add(start, start + size)
        if format in _DECODING:
            self._decoded.add(start, start + size)

    def unpack(self, place: int) -> None:
        """Note that what is packed from `place` of the blob on was read."""
        self._starts.add(place + self.base)

    def include(self, inner: Taken) -> None:
        """Take over what is known of a part."""
        self._starts |= inner._starts
        for kind, spans in inner._closed.items():
            for start, end in spans:
                self._closed[kind].add(start, end)
        for start, end in inner._decoded:
            self._decoded.add(start, end)

    def holds(self, place: int, format: str) -> bool:
        """Whether what a search met at `place` of the blob is known."""
        return place + self.base in self._starts or self.expects(place, format)

    def begins(self, place: int) -> bool:
        """Whether a part that was read for itself begins at `place` of the blob."""
        return place + self.base in self._starts

    def keeps(self, format: str) -> bool:
        """Whether something of the `format` may stand somewhere as a matter of course."""
        return format in self._closed

    def expects(self, place: int, format: str) -> bool:
        """Whether something of the `format` stands at `place` as a matter of course."""
        place += self.base
        return any(place in self._closed[kind] for kind in (None, format))

    def decodes(self, place: int) -> bool:
        """Whether what encoded text at `place` is was told by the format it stands in."""
        place += self.base
        return place in self._closed[None] or place in self._decoded
