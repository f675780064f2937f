"""Places that look like the start of a pickle stream, or like the opcodes that name a global.

Each search starts with a byte that does not vary: that is some fifty times as fast as one pattern
with alternatives, and it is run over all bytes that no format explains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.formats.pickle import opcodes as op

_NAME: Final = rb"[A-Za-z_][\w.]{0,200}"
_LONGEST_LINE: Final = 203
_PROTO: Final = re.compile(
    rb"\x80[\x00-\x05][\x95(c\]})\x8cUXIKMJNS\x88\x89\x8f\x82-\x84CB\x8e\x8aGFVLPi]"
)
# SHORT_BINUNICODE twice, perhaps memoized, then STACK_GLOBAL
_STACK_GLOBAL: Final = re.compile(
    rb"\x8c[\x01-\x80]" + _NAME + rb"(?:\x94|q.|r.{4})?\x8c[\x01-\x80]" + _NAME +
    rb"(?:\x94|q.|r.{4})?\x93",
    re.DOTALL,
)  # fmt: skip
# GLOBAL or INST: the end of the module's line and that of the name, and what stands before them
_SECOND_LINE: Final = re.compile(rb"\n(?=" + _NAME + rb"\r?\n)")
_FIRST_LINE: Final = re.compile(rb"\(?[ci]" + _NAME + rb"\r?\Z")


def candidates(chunk: bytes) -> list[int]:
    """Return the offsets in `chunk`, in order."""
    if chunk == bytes(len(chunk)):
        return []
    found = set(_announced(chunk))
    found.update(match.start() for match in _STACK_GLOBAL.finditer(chunk))
    return sorted(found)


def _announced(chunk: bytes) -> Iterator[int]:
    """Yield the places of a PROTO, and of lines that name a global."""
    for match in _PROTO.finditer(chunk):
        yield match.start()
    for match in _SECOND_LINE.finditer(chunk):
        start = max(match.start() - _LONGEST_LINE - 1, 0)
        first = _FIRST_LINE.search(chunk[start : match.start()])
        if first is not None:
            yield start + first.start()


def kept(chunk: bytes) -> Iterator[tuple[int, int]]:
    """Yield offset and length of the constants of a stream that start as a stream does."""
    for place in _announced(chunk):
        for width in (1, 4, 8):
            before = place - width - 1
            if before >= 0 and op.COUNTED.get(chunk[before]) == width:
                yield place, int.from_bytes(chunk[before + 1 : place], "little")
