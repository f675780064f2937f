"""Data of LightGBM: a Dataset in its own binary form. Data for training, not a model.

Source: `Dataset::SaveBinaryFile` and `binary_file_token` in `src/io/dataset.cpp` of LightGBM 2 to
4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.formats.base import Event, Skipped, Source
from modelassay.io.blob import Blob

MAGIC: Final = b"______LightGBM_Binary_File_Token______\n"


def identify(blob: Blob) -> bool:
    """Whether `blob` has the magic."""
    return blob.head(len(MAGIC)) == MAGIC


def parse(source: Source) -> Iterator[Event]:
    """Yield nothing but its size: the rows are numbers."""
    yield Skipped("data", source.blob.size)
