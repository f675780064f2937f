"""The fingerprint of a SavedModel: hashes of its parts, which nothing loads by.

Source: fingerprint.proto in `tensorflow/core/protobuf/`, TensorFlow 2.10 to 2.21.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.formats.base import Event, Source
from modelassay.io.blob import Blob
from modelassay.io.protobuf import BYTES, VARINT, Wire

_WIRES: Final = {**dict.fromkeys(range(1, 6), VARINT), 6: BYTES, 7: BYTES}
_LARGEST: Final = 1000


def identify(blob: Blob) -> bool:
    """Whether `blob` is nothing but hashes and their version."""
    if blob.size > _LARGEST:
        return False
    wire = Wire(blob)
    fields = list(wire.fields())
    known = all(_WIRES.get(field.number) == field.wire for field in fields)
    hashes = {field.number for field in fields if field.number < 6}
    return known and not wire.faults and len(hashes) >= 3


def parse(source: Source) -> Iterator[Event]:
    """Yield nothing: hashes are inert."""
    yield from ()
