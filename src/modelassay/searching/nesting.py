"""Archives in archives: each is read once, however often it stands in a file.

The classic bombs nest archives of equal members. Read one by one they never end; what they come to
can be told from reading each of them once. An archive that holds itself is met while it is read.
"""

from __future__ import annotations

import hashlib
from typing import Final

from modelassay.core.errors import Error
from modelassay.core.facts import Anomaly, Location
from modelassay.core.values import Const
from modelassay.io.blob import Blob, extent

_LARGEST: Final = 64 << 20
_CHUNK: Final = 1 << 20
_WORTH_TELLING: Final = 64 << 30
_RATIO: Final = 10_000


class Nesting:
    """What the archives of one file come to, by their content, and which of them are being read."""

    def __init__(self) -> None:
        self._sizes: dict[bytes, int] = {}
        self._open: list[Blob] = []

    def enter(self, blob: Blob) -> bool:
        """Begin to read an archive; return whether it is not being read already."""
        if any(_same(blob, other) for other in self._open):
            return False
        self._open.append(blob)
        return True

    def known(self, blob: Blob) -> tuple[bytes | None, int | None]:
        """Return the key of an archive, and what it comes to if it was read before."""
        key = _key(blob)
        return key, None if key is None else self._sizes.get(key)

    def leave(self, key: bytes | None, size: int) -> None:
        """End the reading of the archive entered last; note what it comes to, all unpacked."""
        self._open.pop()
        if key is not None:
            self._sizes[key] = size


def _same(one: Blob, other: Blob) -> bool:
    """Whether the bytes are the same; they are read only where the sizes are."""
    if one.size != other.size:
        return False
    if extent(one) == extent(other):
        return True
    key = _key(one)
    return key is not None and key == _key(other)


def _key(blob: Blob) -> bytes | None:
    if blob.size > _LARGEST:
        return None
    digest = hashlib.sha256()
    try:
        for offset in range(0, blob.size, _CHUNK):
            digest.update(blob.read_at(offset, _CHUNK))
    except Error:
        return None
    return digest.digest()


def holds_itself() -> Anomaly:
    """Say that an archive stands in itself."""
    message = "the archive holds itself, unpacking it never ends"
    return Anomaly(kind="archive-holds-itself", message=message, at=Location(0))


def excess(size: int, total: int) -> Anomaly | None:
    """Say that a file of `size` bytes unpacks to far more, through all archives in it."""
    if total < _WORTH_TELLING or total < size * _RATIO:
        return None
    message = f"the archives in it unpack from {size} to {total} bytes"
    return Anomaly(kind="nested-size", message=message, values=(Const(size), Const(total)))
