"""Streams of deflate, with the header of zlib or none: nearly all bytes may start one.

Source: RFC 1950, RFC 1951. So a place counts only where the first bytes that come out of it start
as something known; whoever takes it then reads it to its end.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from modelassay.searching.heads import known

_HEAD: Final = 512
_OUTPUT: Final = 800
_LARGEST: Final = 64 << 20
_RAW: Final = -15
_BLOCKS: Final = (2, 4)  # of fixed and of dynamic codes; a stored one hides nothing
_PRESET: Final = 0x20  # a dictionary that is not in the stream


def _headers(window: int) -> bytes:
    """Return a pattern for the headers of a window: a level, a check that divides them by 31."""
    first = window << 4 | 8
    seconds = (f for f in range(256) if not (first << 8 | f) % 31 and not f & _PRESET)
    return b"\\x%02x[%b]" % (first, b"".join(b"\\x%02x" % second for second in seconds))


_ZLIB: Final = re.compile(b"|".join(map(_headers, range(8))))


def zlib_streams(data: bytes) -> Iterator[int]:
    """Yield the places in `data` where zlib streams of something known start."""
    for match in _ZLIB.finditer(data):
        if deflated(data[match.start() + 2 : match.start() + _HEAD]) is not None:
            yield match.start()


def deflated(head: bytes) -> str | None:
    """Return the format of what a raw stream that starts with `head` may hold."""
    if not head or head[0] & 6 not in _BLOCKS:
        return None
    try:
        return known(zlib.decompressobj(_RAW).decompress(head, _OUTPUT))
    except zlib.error:
        return None


def unpack(data: bytes) -> bytes:
    """Return what a raw stream holds, as much as is looked at. Raises `ValueError`."""
    try:
        return zlib.decompressobj(_RAW).decompress(data, _LARGEST)
    except zlib.error as error:
        raise ValueError(str(error)) from error
