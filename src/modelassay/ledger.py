"""What was kept of all files of a scan, where these are too many for memory."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterator
from typing import Final

from modelassay.core.outcome import Kept, Outcome, decode, encode

_IN_MEMORY: Final = 16 << 20


class Ledger:
    """Records in the order of the files, on the disk once they are much."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
        weakref.finalize(self, self._file.close)
        self._starts = array("Q", [0])

    def __iter__(self) -> Iterator[Kept]:
        return map(self.__getitem__, range(len(self._starts) - 1))

    def add(self, kept: Kept) -> None:
        """Write it down."""
        data = encode(Outcome(kept.artifact.path, kept=[kept]))
        self._file.seek(self._starts[-1])
        self._file.write(data)
        self._starts.append(self._starts[-1] + len(data))

    def __getitem__(self, index: int) -> Kept:
        start = self._starts[index]
        self._file.seek(start)
        return decode(self._file.read(self._starts[index + 1] - start)).kept[0]
