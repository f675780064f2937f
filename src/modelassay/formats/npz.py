"""NumPy archives (`.npz`): a zip of `.npy` members.

Source: `numpy/lib/_npyio_impl.py` (`NpzFile`, `_savez`) of NumPy 1.6 to 2.4. A member that starts
as an array is read as one whatever its name; every member is an artifact of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.formats import zip as zip_format
from modelassay.formats.base import Event, Source
from modelassay.io.blob import Blob


def identify(blob: Blob) -> bool:
    """Whether `blob` is a zip whose directory names arrays alone."""
    names = zip_format.names(blob)
    return bool(names) and all(name.endswith(b".npy") for name in names)


def parse(source: Source) -> Iterator[Event]:
    """Yield what a zip yields."""
    yield from zip_format.walk(zip_format.read(source.blob, source.budget))
