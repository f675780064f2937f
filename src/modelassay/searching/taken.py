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
    "text": frozenset({"script", "pickle"}),
    # Source shows scripts in its comments and strings; what it does with them it says itself.
    **dict.fromkeys(
        ("python-module", "notebook", "requirements", "conda", "project"), frozenset({"script"})
    ),
    **dict.fromkeys(("executable", "python-code", "script", "shell", "python-source"), None),
}


class Taken:
    """What is known of a blob. Offsets count from the start of what the blob is taken from.

    `starts` are the places where a part begins that was read for itself; `closed` the spans in
    which something may stand as a matter of course, with what that is.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.starts: set[int] = set()
        self.closed: list[tuple[int, int, frozenset[str] | None]] = []

    def read(self, start: int, size: int, format: str | None) -> None:
        """Note an artifact that was read, of the format `format`."""
        self.starts.add(start)
        if format in _EXPECTED:
            self.closed.append((start, start + size, _EXPECTED[format]))

    def include(self, inner: Taken) -> None:
        """Take over what is known of a part."""
        self.starts |= inner.starts
        self.closed += inner.closed

    def holds(self, place: int, format: str) -> bool:
        """Whether what a search met at `place` of the blob is known."""
        place += self.base
        if place in self.starts:
            return True
        return any(
            start <= place < end and (kinds is None or format in kinds)
            for start, end, kinds in self.closed
        )
