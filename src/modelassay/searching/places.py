"""Where something known may start among other bytes, and what really does.

Sources: those of the formats in question. A signature is a place to look at; what is found is what
the parser of that format takes, from its first byte to its last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, NamedTuple

from modelassay import formats
from modelassay.core.errors import BudgetError, ReadError
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.native import read_native

_END_SIZE: Final = 22
_BLOCK: Final = 512
_RECORD: Final = 20 * _BLOCK
_MOST_OPS: Final = 200_000
_TRIAL: Final = 1 << 24
_MOST_MEMBERS: Final = 100_000
_SHORTEST_SCRIPT: Final = 24


class Found(NamedTuple):
    """Something that stands at `offset`, `size` bytes of the format `format`."""

    offset: int
    size: int
    format: str


Measure = Callable[[Blob, Budget], int | None]


def _native(blob: Blob, budget: Budget) -> int | None:
    native = read_native(blob)
    return None if native is None or native.fault else native.size


def _pickle(blob: Blob, budget: Budget) -> int | None:
    """Measure a stream that names a global and reads on to its STOP."""
    from modelassay.formats.pickle.finder import is_credible
    from modelassay.formats.pickle.machine import Machine

    machine = Machine(blob, 0, budget, most_ops=_MOST_OPS, longest_line=1 << 16)
    try:
        machine.run()
    except BudgetError as error:
        if error.limit == "seconds":
            raise
        return None
    return machine.position if machine.stopped and is_credible(machine) else None


def _compressed(blob: Blob, budget: Budget) -> int | None:
    """Measure a stream that inflates to its end, or as far as a trial goes."""
    codec = formats.BY_ID["compressed"].load().codec_of(blob)
    if codec is None or codec == "joblib-zf":
        return None
    from modelassay.io.codecs import CODECS
    from modelassay.io.inflate import inflate

    result = inflate(blob.sub(0, _TRIAL), CODECS[codec], budget)
    return result.consumed if result.ended and result.blob.size else None


def _sevenzip(blob: Blob, budget: Budget) -> int | None:
    head = blob.head(32)
    end = 32 + int.from_bytes(head[12:20], "little") + int.from_bytes(head[20:28], "little")
    return end if 32 < end <= blob.size else None


def _tar(blob: Blob, budget: Budget) -> int | None:
    """Measure members whose checksums hold, and the zeros that fill the last record."""
    position = members = 0
    while members < _MOST_MEMBERS:
        block = blob.read_at(position, _BLOCK)
        if len(block) < _BLOCK or not _tar_header(block):
            break
        size = int(block[124:135].strip(b" \0") or b"0", 8)
        position += _BLOCK + -(-size // _BLOCK) * _BLOCK
        members += 1
    if not members or position > blob.size:
        return None
    record = position + -position % _RECORD
    end = record if record - position >= 2 * _BLOCK else record + _RECORD
    padding = blob.read_at(position, end - position)
    if padding == bytes(end - position):
        return end
    zeros = len(padding) - len(padding.lstrip(b"\0"))
    return position + min(zeros // _BLOCK, 2) * _BLOCK


def _tar_header(block: bytes) -> bool:
    digits = block[148:155].strip(b" \0")
    size = block[124:135].strip(b" \0")
    if not digits.isdigit() or (size and not size.isdigit()) or b"8" in digits + size:
        return False
    total = sum(block[:148]) + 8 * 32 + sum(block[156:])
    return b"9" not in digits + size and total == int(digits, 8)


def _zip(blob: Blob, budget: Budget) -> int | None:
    """Measure an archive that starts here: the first end record whose directory leads back."""
    for offset in range(0, min(blob.size, _TRIAL), 1 << 20):
        chunk = blob.read_at(offset, (1 << 20) + _END_SIZE)
        for place in _occurrences(chunk, b"PK\5\6"):
            found = zip_before(blob, offset + place)
            if found is not None and found.offset == 0:
                return found.size
    return None


def zip_before(blob: Blob, end: int) -> Found | None:
    """Return the archive that the end record at `end` closes, `None` if it closes none."""
    record = blob.read_at(end, _END_SIZE)
    if len(record) < _END_SIZE or record[4:8] != bytes(4):
        return None
    count = int.from_bytes(record[10:12], "little")
    size, offset = (int.from_bytes(record[at : at + 4], "little") for at in (12, 16))
    start, directory = end - size - offset, end - size
    comment = int.from_bytes(record[20:22], "little")
    if not count or start < 0 or blob.read_at(directory, 4) != b"PK\1\2":
        return None
    if blob.read_at(start, 4) != b"PK\3\4":
        return None
    return Found(start, min(end + _END_SIZE + comment, blob.size) - start, "zip")


def _script(blob: Blob, budget: Budget) -> int | None:
    script = formats.BY_ID["script"].load()
    size: int = script.length(blob)
    enough = size >= _SHORTEST_SCRIPT and script.identify(blob)
    return size if enough and blob.head(size).count(b"\n") > 1 else None


def _python(blob: Blob, budget: Budget) -> int | None:
    size: int | None = formats.BY_ID["python-code"].load().end(blob)
    return size


#: For each format: how what starts at a place is measured, `None` if it is no such thing.
MEASURES: Final[dict[str, Measure]] = {
    "executable": _native,
    "pickle": _pickle,
    "zip": _zip,
    "tar": _tar,
    "7z": _sevenzip,
    "compressed": _compressed,
    "python-code": _python,
    "script": _script,
}


class Sign(NamedTuple):
    """A signature: the format it is of, bytes it has, and how far in front of it that starts."""

    format: str
    literal: bytes
    pattern: bytes
    back: int = 0


#: One pattern each: one that starts with fixed bytes is found many times as fast as alternatives.
SIGNS: Final = (
    Sign("executable", b"\x7fELF", rb"\x7fELF[\x01\x02][\x01\x02]\x01.{2}\x00{7}"),
    Sign("executable", b"MZ", rb"MZ(?=.{60}\x00\x00)"),
    Sign("executable", b"\xfa\xed\xfe", rb"\xce\xfa\xed\xfe.{8}[\x01-\x0f]\x00{3}"),
    Sign("executable", b"\xfa\xed\xfe", rb"\xcf\xfa\xed\xfe.{8}[\x01-\x0f]\x00{3}"),
    Sign("executable", b"\xfe\xed\xfa", rb"\xfe\xed\xfa[\xce\xcf].{8}\x00{3}[\x01-\x0f]"),
    Sign("executable", b"\xca\xfe\xba", rb"\xca\xfe\xba[\xbe\xbf]\x00\x00\x00[\x01-\x28]"),
    Sign("executable", b"\xca\xfe\xba\xbe", rb"\xca\xfe\xba\xbe\x00[\x00-\x03]\x00[\x2d-\x63]"),
    Sign("executable", b"\0asm\1", rb"\x00asm\x01\x00\x00\x00[\x00-\x0d]"),
    Sign("executable", b"dex\n0", rb"dex\n0\d\d\x00"),
    Sign("zip", b"PK\5\6", rb"PK\x05\x06\x00\x00\x00\x00"),
    Sign("7z", b"7z\xbc\xaf", rb"7z\xbc\xaf\x27\x1c\x00"),
    Sign("tar", b"ustar", rb"ustar[\x00 ][\x00 0]", 257),
    Sign(
        "compressed",
        b"\x1f\x8b\x08",
        rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]",
    ),
    Sign("compressed", b"BZh", rb"BZh[1-9]1AY&SY"),
    Sign("compressed", b"\xfd7zXZ", rb"\xfd7zXZ\x00\x00[\x00\x01\x04\x0a]"),
    Sign("compressed", b"\x28\xb5\x2f\xfd", rb"\x28\xb5\x2f\xfd[\x00-\xe7]"),
    Sign("pickle", b"\x95", rb"\x80[\x04\x05]\x95.{4}\x00{4}"),
    Sign("pickle", b"\x8c", rb"\x80[\x04\x05]\x8c[\x01-\x40][A-Za-z_]"),
    Sign("pickle", b"\x80", rb"\x80[\x02\x03](?:c[A-Za-z_][\w.]*\n|[}\](]q\x00)"),
    Sign(
        "pickle", b"\n", rb"c(?:posix|os|nt|builtins|__builtin__|subprocess|sys|runpy|pty)\n\w+\n"
    ),
    Sign("python-code", b"\r\n", rb"\r\n[\x00-\x03]\x00{3}.{8}[\xe3\x63]", 2),
    Sign("python-code", b"\0" * 12, rb"\xe3\x00{12}"),
    Sign("python-code", b"\0" * 12, rb"\x63\x00{12}.{8}(?:.{4})?[\x73\xf3]"),
    Sign("script", b"#!", rb"#!\s?/(?:bin|usr|system)/"),
)

_LITERALS: Final = tuple((sign.literal.decode("latin-1"), sign) for sign in SIGNS)


def hits(data: bytes) -> Iterator[tuple[str, int]]:
    """Yield (format, start) of what `data` holds signatures of; few of them are it."""
    text = data.decode("latin-1")  # in which Python finds a word with less ado than in bytes
    for sign in [sign for literal, sign in _LITERALS if literal in text]:
        for match in _pattern(sign).finditer(data):
            yield sign.format, match.start() - sign.back


@cache
def _pattern(sign: Sign) -> re.Pattern[bytes]:
    return re.compile(sign.pattern, re.DOTALL)


def examine(format: str, blob: Blob, place: int, budget: Budget) -> Found | None:
    """Return what stands at the `place` of a signature of `format`, `None` if nothing does."""
    if place < 0:
        return None
    if format == "zip":
        return zip_before(blob, place)
    try:
        size = MEASURES[format](blob.sub(place), budget)
    except ReadError:
        return None
    return Found(place, size, format) if size else None


def _occurrences(data: bytes, wanted: bytes) -> Iterator[int]:
    place = data.find(wanted)
    while place >= 0:
        yield place
        place = data.find(wanted, place + 1)
