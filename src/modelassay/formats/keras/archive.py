"""Keras archives (`.keras`): a configuration, weights and assets in a zip.

Source: `keras/src/saving/saving_lib.py` of Keras 2.12 to 3.15. The members are read as what they
are; the configuration is read as one whatever it looks like, since a loader takes it by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.formats import zip as zip_format
from modelassay.formats.base import Child, Event, Source
from modelassay.formats.zip.entry import Entry
from modelassay.io.blob import Blob

_CONFIGURATION: Final = "config.json"
_METADATA: Final = "metadata.json"
_WEIGHTS: Final = (b"model.weights.h5", b"model.weights.npz")


def identify(blob: Blob) -> bool:
    """Whether `blob` is a zip whose directory names a configuration with weights or metadata."""
    names = zip_format.names(blob)
    weights = any(name.startswith(_WEIGHTS) for name in names)
    return _CONFIGURATION.encode() in names and (weights or _METADATA.encode() in names)


def parse(source: Source) -> Iterator[Event]:
    """Yield what a zip yields, the configuration as such."""
    yield from zip_format.walk(zip_format.read(source.blob, source.budget), dress=_dress)


def _dress(entry: Entry, child: Child) -> Child:
    if {entry.name, *entry.aliases} & {_CONFIGURATION, _METADATA} and child.role == "member":
        return Child(entry.name, child.blob, format="keras-config")
    return child
