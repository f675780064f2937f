"""Bytes of no known format, searched for what they carry: pickles, archives, executables.

What is found is yielded as a child from where it starts to the end of the bytes, and the kernel
goes on from there; a signature alone says nothing, the format behind it has to recognise it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Limit, Location
from modelassay.formats.base import Child, Event, Source
from modelassay.formats.pickle.finder import find
from modelassay.io.native import read_native

_CHUNK: Final = 1 << 22
_OVERLAP: Final = 64
_MOST_FOUND: Final = 200
#: One pattern each: one that starts with a fixed byte is found many times as fast as alternatives.
_SIGNATURES: Final = tuple(
    re.compile(signature, re.DOTALL)
    for signature in (
        rb"PK\x03\x04[\x0a-\x3f]\x00",
        rb"7z\xbc\xaf\x27\x1c\x00",
        rb"\xfd7zXZ\x00\x00[\x00\x01\x04\x0a]",
        rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]",
        rb"BZh[1-9]1AY&SY",
        rb"\x93NUMPY[\x01-\x03]\x00",
    )
)
#: Executables, which are taken only if their headers can be followed.
_NATIVE: Final = tuple(
    re.compile(signature, re.DOTALL)
    for signature in (
        rb"\x7fELF[\x01\x02][\x01\x02]\x01.{2}\x00{7}",
        rb"MZ(?=.{60}\x00\x00)",  # the next header is said to lie within 64 KiB
        rb"\xce\xfa\xed\xfe.{8}[\x01-\x0f]\x00{3}",
        rb"\xcf\xfa\xed\xfe.{8}[\x01-\x0f]\x00{3}",
        rb"\xca\xfe\xba[\xbe\xbf]\x00{3}[\x01-\x28]",
    )
)


def identify(blob: object) -> bool:
    """Never by itself: the kernel turns to it where nothing else matches."""
    return False


def parse(source: Source) -> Iterator[Event]:
    """Yield a child for every place something known may start, and the first pickle stream."""
    blob = source.blob
    found = 0
    for offset in range(0, blob.size, _CHUNK):
        source.budget.tick()
        chunk = blob.read_at(offset, _CHUNK + _OVERLAP)
        starts = (match.start() for one in _SIGNATURES for match in one.finditer(chunk))
        native = (match.start() for one in _NATIVE for match in one.finditer(chunk))
        places = [start for start in native if read_native(blob.sub(offset + start))]
        for place in sorted(offset + start for start in (*starts, *places) if start < _CHUNK):
            if place == 0:
                continue
            found += 1
            if found > _MOST_FOUND:
                message = f"more than {_MOST_FOUND} places look like the start of something"
                yield Limit(name="found", message=message, at=Location(place))
                return
            yield Child(f"@{place}", blob.sub(place), role="gap")
    start = find(blob, 0, source.budget)
    if start is not None:
        yield Child(f"@{start}", blob.sub(start), role="gap", format="pickle")
