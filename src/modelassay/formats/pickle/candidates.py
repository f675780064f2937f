"""Places that look like the start of a pickle stream, or like the opcodes that name a global.

Each search starts with a byte that does not vary: that is some fifty times as fast as one pattern
with alternatives, and it is run over all bytes that no format explains.
"""

from __future__ import annotations

import re
from typing import Final

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
    found = {match.start() for match in _PROTO.finditer(chunk)}
    found.update(match.start() for match in _STACK_GLOBAL.finditer(chunk))
    for match in _SECOND_LINE.finditer(chunk):
        start = max(match.start() - _LONGEST_LINE - 1, 0)
        first = _FIRST_LINE.search(chunk[start : match.start()])
        if first is not None:
            found.add(start + first.start())
    return sorted(found)
