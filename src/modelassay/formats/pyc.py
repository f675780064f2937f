"""Compiled Python modules (`.pyc`): a header of sixteen bytes and a marshalled code object.

Source: PEP 552, `Lib/importlib/_bootstrap_external.py` (MAGIC_NUMBER) and `Python/marshal.c`. The
magic number rises with every version, from 3379 for Python 3.7; nothing is run or unmarshalled.
The code of a module may also stand alone, as `marshal.dumps` writes it for a loader of one's own.

What Python itself wrote into `__pycache__` is loaded by an import in place of the source beside it
(PEP 3147), and told as source is. Any other is code that somebody put there without its source.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location
from modelassay.core.pattern import later
from modelassay.formats import pycode
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.formats.pycode.facts import code_fact
from modelassay.formats.pysource.compiled import found_in
from modelassay.formats.pysource.module import found_events
from modelassay.io.blob import Blob

_HEADER: Final = 16
_FIRST: Final = 3379
_LAST: Final = 4095
_CODE: Final = (b"\xe3", b"\x63")  # TYPE_CODE, with the flag of a reference and without
#: The code of a module takes no arguments: three numbers that are zero.
_ALONE: Final = tuple(kind + bytes(12) for kind in _CODE)
_LARGEST: Final = 16 << 20
_CACHED: Final = later(
    r"(?:\A|[/\\])__pycache__[/\\]([^/\\]{1,200})\.cpython-3\d{1,2}(?:\.opt-\d)?\.pyc\Z"
)


def identify(blob: Blob) -> bool:
    """Whether `blob` starts with a code object, as a rule behind the header of a module."""
    return _header(blob) is not None and end(blob) is not None


def end(blob: Blob) -> int | None:
    """Return where the code of the module ends, `None` if it cannot be read."""
    header = _header(blob)
    if header is None:
        return None
    found = _read(blob, header)
    return header + found.end if found.error is None and found.codes else None


def _header(blob: Blob) -> int | None:
    """Return how many bytes stand in front of the code, `None` if this is no module."""
    head = blob.head(_HEADER + 1)
    if head.startswith(_ALONE):
        return 0
    number = int.from_bytes(head[:2], "little")
    flags = int.from_bytes(head[4:8], "little")
    known = head[2:4] == b"\r\n" and _FIRST <= number <= _LAST and flags <= 3
    return _HEADER if known and head[_HEADER:] in _CODE else None


def parse(source: Source) -> Iterator[Event]:
    """Yield what the code of the module refers to."""
    header = _header(source.blob) or 0
    found = _read(source.blob, header)
    inner = {id(code) for outer in found.codes for code in outer.nested}
    for code in found.codes:
        if id(code) in inner:
            continue
        if cached := _CACHED.search(source.name):
            yield from found_events(found_in(code), f"{cached[1]}.py")
        else:
            yield code_fact(code, Location(header), found.error is None and not code.faults)
    if found.error is not None:
        yield Incomplete(f"the code is broken: {found.error}")
    elif header + found.end < source.blob.size:
        at = header + found.end
        yield Child(f"@{at}", source.blob.sub(at), role="tail")


def _read(blob: Blob, header: int) -> pycode.Marshalled:
    return pycode.read(blob.read_at(header, _LARGEST))
