"""skops: a zip with a `schema.json` that says how to rebuild an estimator, and arrays beside it.

Source: `skops/io/_persist.py` of skops 0.2 to 0.16. The schema is an artifact of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.formats import zip as zip_format
from modelassay.formats.base import Child, Event, Source
from modelassay.io.blob import Blob

SCHEMA: Final = "schema.json"


def identify(blob: Blob) -> bool:
    """Whether `blob` is a zip with a schema."""
    return SCHEMA.encode() in zip_format.names(blob)


def parse(source: Source) -> Iterator[Event]:
    """Yield what a zip yields, its schema as one."""
    archive = zip_format.read(source.blob, source.budget)
    yield from zip_format.walk(archive, dress=_dress)


def _dress(entry: zip_format.Entry, child: Child) -> Child:
    if entry.name != SCHEMA or child.role != "member":
        return child
    return msgspec.structs.replace(child, format="skops-schema")
