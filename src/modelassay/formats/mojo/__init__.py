"""MOJO models of H2O: a zip with `model.ini`, trees and domains of columns.

Source: `ModelMojoReader` and `MojoReaderBackend` of h2o-genmodel (H2O 3). All members are numbers
and text, and each is an artifact of its own: anything else among them is read as what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.facts import Location, Metadata
from modelassay.core.values import Const
from modelassay.formats import zip as zip_format
from modelassay.formats.base import Child, Event, Source
from modelassay.io.blob import Blob

_CONFIG: Final = b"model.ini"
_TREE: Final = re.compile(r"(?:.*/)?trees/t\d+_\d+(?:_aux)?\.bin\Z")
_ALGORITHM: Final = re.compile(r"(?m)^algorithm\s*=\s*(.{1,100})$")


def identify(blob: Blob) -> bool:
    """Whether `blob` is a zip whose directory names the configuration of a MOJO, and domains."""
    names = set(zip_format.names(blob))
    beside = (b"domains/", b"trees/", b"experimental/", b"models/")
    return _CONFIG in names and (len(names) == 1 or any(n.startswith(beside) for n in names))


def parse(source: Source) -> Iterator[Event]:
    """Yield what a zip yields, and the algorithm."""
    for event in zip_format.walk(zip_format.read(source.blob, source.budget)):
        if isinstance(event, Child) and event.name == _CONFIG.decode():
            text = event.blob.head(1 << 16).decode("utf-8", "replace")
            found = _ALGORITHM.search(text)
            if found is not None:
                at = Location(path=event.name)
                yield Metadata(key="algorithm", value=Const(found[1].strip()), at=at)
        if isinstance(event, Child) and _TREE.match(event.name):
            event = msgspec.structs.replace(event, format="mojo-tree")
        yield event
