"""Data of XGBoost: a DMatrix in its own binary form. Data for training, not a model.

Source: `SimpleDMatrix::SaveToLocalFile` and `MetaInfo::SaveBinary` in `src/data` of XGBoost 1.0
to 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.formats.base import Event, Skipped, Source
from modelassay.io.blob import Blob

MAGIC: Final = b"\x01\xab\xff\xff"


def identify(blob: Blob) -> bool:
    """Whether `blob` has the magic and the version that follows it."""
    return blob.head(12) == MAGIC + b"version:"


def parse(source: Source) -> Iterator[Event]:
    """Yield nothing but its size: the rows are numbers."""
    yield Skipped("data", source.blob.size)
