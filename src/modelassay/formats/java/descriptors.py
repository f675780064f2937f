"""Class descriptors found by their looks, where a stream cannot be followed.

Source: Java Object Serialization Specification, 6.4: TC_CLASSDESC, the name behind its length, a
serialVersionUID, flags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_CHUNK: Final = 1 << 22
_OVERLAP: Final = 1024
_MOST: Final = 5000
_DESCRIPTOR: Final = re.compile(
    rb"[\x72](?=([\x00-\x02].)(\[*[LBCDFIJSZ]?[\w$./;-]{1,700}))", re.DOTALL
)
_NAME: Final = re.compile(r"\[*(?:[BCDFIJSZ]|L?[A-Za-z_$][\w$-]*(?:[./][\w$-]+)*;?)\Z")


def find_descriptors(blob: Blob, budget: Budget) -> Iterator[tuple[str, int]]:
    """Yield each name that stands in what looks like a descriptor, and where."""
    told = 0
    for offset in range(0, blob.size, _CHUNK):
        budget.tick()
        chunk = blob.read_at(offset, _CHUNK + _OVERLAP)
        for found in _DESCRIPTOR.finditer(chunk):
            length = int.from_bytes(found[1], "big")
            start = found.end() + 2
            if start - 3 >= _CHUNK or length < 2:
                continue
            name = chunk[start : start + length].decode("ascii", "replace")
            flags = chunk[start + length + 8 : start + length + 9]
            if len(name) == length and _NAME.match(name) and flags and flags[0] < 0x20:
                told += 1
                yield name, offset + found.start()
                if told >= _MOST:
                    return
