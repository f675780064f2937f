"""What is kept of files and members until the repository that they may belong to is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from modelassay.core.errors import Error
from modelassay.core.facts import Fact, Metadata
from modelassay.core.outcome import Kept
from modelassay.core.report import Artifact
from modelassay.io.blob import Blob
from modelassay.repositories import DESCRIBED, KEPT, roots

_SMALL: Final = 1 << 20  # bytes of a member
_MOST_BYTES: Final = 64 << 20
_MOST_FACTS: Final = 500_000


class Shelf:
    """Keeps within bounds what was read of one file, or of all files of a scan."""

    def __init__(self) -> None:
        self._kept: list[tuple[Kept, Blob | None]] = []
        self._bytes = self._facts = 0

    def see(self, artifact: Artifact, facts: Sequence[Fact], member: Blob | None = None) -> None:
        """Take note of a file, or of a member of an archive and its bytes."""
        told: tuple[Fact, ...] = tuple(facts) if artifact.format in KEPT else ()
        if artifact.format in DESCRIBED:
            told = tuple(fact for fact in facts if isinstance(fact, Metadata))
        kept = Kept(artifact, told, inside=member is not None)  # type: ignore[arg-type]
        self._kept.append((self._within(kept), member))

    def take(self) -> list[Kept]:
        """Return what was kept, and forget it. The bytes of members are read now.

        Members none of which marks a repository are left out.
        """
        seen, self._kept = self._kept, []
        marked = any(kept.inside and roots(kept.artifact.path) for kept, _ in seen)
        taken = []
        for kept, blob in seen:
            if blob is not None and marked:
                kept.data = self._read(blob)
            if marked or not kept.inside:
                taken.append(kept)
        self._bytes = self._facts = 0
        return taken

    def admit(self, kept: Kept) -> Kept:
        """Return `kept` as far as there is room for it beside all that was admitted before."""
        size = len(kept.data) if kept.data is not None else 0
        if self._bytes + size > _MOST_BYTES:
            kept.data = None
        else:
            self._bytes += size
        return self._within(kept)

    def _within(self, kept: Kept) -> Kept:
        weight = sum(1 + len(getattr(fact, "references", ())) for fact in kept.facts)
        if self._facts + weight > _MOST_FACTS:
            kept.facts, kept.whole = (), False
        else:
            self._facts += weight
        return kept

    def _read(self, blob: Blob) -> bytes | None:
        if blob.size > _SMALL or self._bytes + blob.size > _MOST_BYTES:
            return None
        try:
            data = blob.read_at(0, blob.size)
        except Error:
            return None
        self._bytes += len(data)
        return data
