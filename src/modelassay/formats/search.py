"""Bytes of no known format, searched for what they carry: pickles, archives, executables.

What is found is yielded as a child from where it starts to the end of the bytes, and the kernel
goes on from there; a signature alone says nothing, the format behind it has to recognise it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from modelassay.core.facts import Limit, Location
from modelassay.formats.base import Child, Event, Source
from modelassay.formats.pickle.finder import find
from modelassay.io.blob import Blob
from modelassay.io.native import read_native

_CHUNK: Final = 1 << 20  # a pattern is told of a million matches, each two bytes from the next
_OVERLAP: Final = 64
_MOST_FOUND: Final = 200
#: What starts a thing: in the syntax of YARA, which looks for all of them at once, as far as bytes
#: are fixed, and then exactly.
_SIGNATURES: Final = (
    ("50 4b 03 04", rb"PK\x03\x04[\x0a-\x3f]\x00"),
    ("37 7a bc af 27 1c 00", rb"7z\xbc\xaf\x27\x1c\x00"),
    ("fd 37 7a 58 5a 00 00", rb"\xfd7zXZ\x00\x00[\x00\x01\x04\x0a]"),
    ("1f 8b 08", rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]"),
    ("42 5a 68 ?? 31 41 59 26", rb"BZh[1-9]1AY&SY"),
    ("93 4e 55 4d 50 59", rb"\x93NUMPY[\x01-\x03]\x00"),
    ("7f 45 4c 46", rb"\x7fELF[\x01\x02][\x01\x02]\x01.{2}\x00{7}"),
    ("4d 5a [60] 00 00", rb"MZ.{60}\x00\x00"),  # the next header is said to lie within 64 KiB
    ("ce fa ed fe [9] 00 00 00", rb"\xce\xfa\xed\xfe.{8}[\x01-\x0f]\x00{3}"),
    ("cf fa ed fe [9] 00 00 00", rb"\xcf\xfa\xed\xfe.{8}[\x01-\x0f]\x00{3}"),
    ("fe ed fa (ce | cf) [8] 00 00 00", rb"\xfe\xed\xfa[\xce\xcf].{8}\x00{3}[\x01-\x0f]"),
    ("ca fe ba (be | bf) 00 00 00", rb"\xca\xfe\xba[\xbe\xbf]\x00{3}[\x01-\x28]"),
    ("ca fe ba be 00 (00 | 01 | 02 | 03) 00", rb"\xca\xfe\xba\xbe\x00[\x00-\x03]\x00[\x2d-\x63]"),
    ("00 61 73 6d 01 00 00 00", rb"\x00asm\x01\x00{3}[\x00-\x0d]"),
    ("64 65 78 0a 30 3? 3? 00", rb"dex\n0\d\d\x00"),
    ("28 b5 2f fd", rb"\x28\xb5\x2f\xfd[\x00-\xe7]"),
    ("e3 00 00 00 00 00 00 00 00 00 00 00 00", rb"\xe3\x00{12}"),
    ("63 00 00 00 00 00 00 00 00 00 00 00 00", rb"\x63\x00{12}.{8}(?:.{4})?[\x73\xf3]"),
    ("23 21 2f (62 69 6e | 75 73 72) 2f", rb"#!/(?:bin|usr)/"),
    ("75 73 74 61 72 (00 30 30 | 20 20 00)", rb"ustar[\x00 ][\x00 0]"),
    ("0d 0a 0? 00 00 00", rb"\r\n[\x00-\x03]\x00{3}.{8}[\xe3\x63]"),
)
#: How far in front of its signature a thing starts.
_BACK: Final = {b"us": 257, b"\r\n": 2}

#: Executables, which are taken only if their headers can be followed.
_NATIVE: Final = (
    *(b"\x7fELF", b"MZ", b"\xce\xfa", b"\xcf\xfa", b"\xca\xfe"),
    *(b"\xfe\xed", b"\0asm", b"dex\n"),
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
        for start in _places(chunk):
            place = offset + start - _BACK.get(chunk[start : start + 2], 0)
            if place <= 0 or not _stands(blob, place, chunk[start : start + 4]):
                continue
            found += 1
            if found > _MOST_FOUND:
                message = f"more than {_MOST_FOUND} places look like the start of something"
                yield Limit(name="found", message=message, at=Location(place))
                return
            yield Child(f"@{place}", blob.sub(place), role="gap")
    stream = find(blob, 0, source.budget)
    if stream is not None:
        yield Child(f"@{stream}", blob.sub(stream), role="gap", format="pickle")


@cache
def _rules() -> Any:
    import yara_x

    strings = " ".join(f"$s{at} = {{ {one} }}" for at, (one, _) in enumerate(_SIGNATURES))
    return yara_x.compile(f"rule signatures {{ strings: {strings} condition: any of them }}")


def _places(chunk: bytes) -> list[int]:
    """Return where in a chunk signatures start, in order."""
    import yara_x

    found: set[int] = set()
    # Not kept: a scanner must end in its thread, and a generator that holds one may not.
    scanner = yara_x.Scanner(_rules())
    for rule in scanner.scan(chunk).matching_rules:
        for pattern in rule.patterns:
            exactly = re.compile(_SIGNATURES[int(pattern.identifier[2:])][1], re.DOTALL).match
            starts = (match.offset for match in pattern.matches)
            found.update(start for start in starts if start < _CHUNK and exactly(chunk, start))
    return sorted(found)


def _stands(blob: Blob, place: int, head: bytes) -> bool:
    """Whether what starts here is more than a signature: the headers of executables are read."""
    if not head.startswith(_NATIVE):
        return True
    return read_native(blob.sub(place)) is not None
