"""HDF5: the metadata of a file, read whole; the elements of its datasets are not.

Source: HDF5 File Format Specification, versions 3.0 and 4.0 (The HDF Group), read against libhdf5
1.14. Checksums are not verified: a reader that minds them sees less than this one. What Keras keeps
in attributes, its configuration, is handed on to the format `keras-config`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from modelassay.formats.base import Event, Source
from modelassay.formats.hdf5 import superblock
from modelassay.io.blob import Blob
from modelassay.io.tar import BLOCK, checksum_holds


def identify(blob: Blob) -> bool:
    """Whether a superblock stands in one of its places, and not as the first member of a tar."""
    place = superblock.find(blob)
    return place is not None and not _in_tar(blob, place)


def _in_tar(blob: Blob, place: int) -> bool:
    """Whether the superblock at `place` begins the first member of a tar."""
    return place == BLOCK and checksum_holds(blob.head(BLOCK))


def parse(source: Source) -> Iterator[Event]:
    """Yield the facts of the file, and what stands in front of and behind it."""
    # Every larger file is asked whether it is HDF5; only one that is pays for the parser.
    events: Iterator[Event] = import_module(f"{__name__}.parser").parse(source)
    yield from events
