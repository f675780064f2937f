"""Which places of an artifact are known already, and are no finding of a search."""

from __future__ import annotations

from typing import Final

#: What a format holds as a matter of course, by the format of the whole; `None` for anything.
_EXPECTED: Final[dict[str, frozenset[str] | None]] = {
    **dict.fromkeys(
        ("pickle", "joblib", "pytorch-legacy", "hdf5", "base64", "skops"),
        frozenset({"pickle"}),
    ),
    **dict.fromkeys(("tar", "nemo", "pytorch-tar"), frozenset({"tar"})),
    **dict.fromkeys(
        ("gzip", "bzip2", "xz", "lzma", "zstd", "lz4", "zlib", "joblib-zf"),
        frozenset({"compressed"}),
    ),
    "text": frozenset({"script", "pickle"}),
    # Source shows scripts in its comments and strings; what it does with them it says itself.
    **dict.fromkeys(
        ("python-module", "notebook", "requirements", "conda", "project"), frozenset({"script"})
    ),
    **dict.fromkeys(("executable", "python-code", "script", "shell", "python-source"), None),
}


#: Formats that say themselves what their text decodes to.
_DECODING: Final = frozenset(("base64",))


class Taken:
    """What is known of a blob. Offsets count from the start of what the blob is taken from.

    `starts` are the places where a part begins that was read for itself; `closed` the spans in
    which something may stand as a matter of course, with what that is.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.starts: set[int] = set()
        self.closed: list[tuple[int, int, frozenset[str] | None]] = []
        self.decoded: list[tuple[int, int]] = []

    def read(self, start: int, size: int, format: str | None) -> None:
        """Note an artifact that was read, of the format `format`."""
        self.starts.add(start)
        if format in _EXPECTED:
            self.closed.append((start, start + size, _EXPECTED[format]))
        if format in _DECODING:
            self.decoded.append((start, start + size))

    def include(self, inner: Taken) -> None:
        """Take over what is known of a part."""
        self.starts |= inner.starts
        self.closed += inner.closed
        self.decoded += inner.decoded

    def holds(self, place: int, format: str) -> bool:
        """Whether what a search met at `place` of the blob is known."""
        return place + self.base in self.starts or self.expects(place, format)

    def expects(self, place: int, format: str) -> bool:
        """Whether something of the `format` stands at `place` as a matter of course."""
        place += self.base
        return any(
            start <= place < end and (kinds is None or format in kinds)
            for start, end, kinds in self.closed
        )

    def decodes(self, place: int) -> bool:
        """Whether what encoded text at `place` is was told by the format it stands in."""
        place += self.base
        closed = any(start <= place < end for start, end, kinds in self.closed if kinds is None)
        return closed or any(start <= place < end for start, end in self.decoded)
