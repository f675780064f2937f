"""Runs of text that is base64, base32, base85 or hexadecimal of something known.

Sources: RFC 4648 (base16, base32, base64), RFC 1924 and Adobe's Ascii85 as `base64` reads them.
Words and keys are such text, too: a run counts only if what it decodes to starts as something
known and is found to be it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec

from modelassay.io.blob import Memory
from modelassay.io.budget import Budget
from modelassay.searching.places import MEASURES, Found

_SHORTEST: Final = 48
_LARGEST: Final = 64 << 20
_HEAD: Final = 800
_DEEPEST: Final = 4
_HEXADECIMAL: Final = b"0123456789abcdefABCDEF"
_LETTERS: Final = bytes(range(65, 91)) + bytes(range(97, 123))
_BASE64: Final = _LETTERS + b"0123456789+/-_="
_BASE85: Final = bytes(range(33, 127)).translate(None, b'"\\')
#: First bytes of what may be encoded, and the format that has to take it.
_HEADS: Final = (
    (
        rb"\x7fELF|MZ|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|\xca\xfe\xba|\0asm|dex\n",
        "executable",
    ),
    (rb"PK\x03\x04", "zip"),
    (rb"7z\xbc\xaf\x27\x1c", "7z"),
    (
        rb"\x1f\x8b\x08|BZh[1-9]1AY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x78[\x01\x5e\x9c\xda]|\x5d\0\0",
        "compressed",
    ),
    (rb"\x80[\x00-\x05]|c[A-Za-z_][\w.]*\n[A-Za-z_]", "pickle"),
    (rb".[\x0c-\x0f]\r\n[\x00-\x03]\0\0\0.{8}[\xe3\x63]", "python-code"),
    (rb"#!\s?/", "script"),
    (rb".{257}ustar", "tar"),
)


class Decoded(NamedTuple):
    """What a run of text at `offset` decodes to, by `coding`, and what is found there."""

    offset: int
    coding: str
    data: bytes
    found: Found


def _map(alphabet: bytes) -> bytes:
    return bytes(97 if byte in alphabet or byte in b"\r\n" else 32 for byte in range(256))


_ALPHABETS_OF_RUNS: Final = (_map(_BASE64), _map(_BASE85))
_RUN: Final = b"a" * _SHORTEST
#: Escapes of JSON between the lines of encoded text, and what is as long and does not part it.
_ESCAPES: Final = ((b"\\n", b"\n\n"), (b"\\r", b"\r\r"), (b"\\/", b"\n/"))
_QUOTED: Final = rb'#!\s?/(?:[^"\\\x00-\x1f]|\\.){16,65536}'


def _hex(text: bytes) -> bytes:
    return binascii.unhexlify(text[: len(text) // 2 * 2])


def _base64(text: bytes) -> bytes:
    text = text.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    text = text[:-1] if len(text) % 4 == 1 else text
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4))


def _base32(text: bytes) -> bytes:
    text = text.upper().rstrip(b"=")
    return base64.b32decode(text + b"=" * (-len(text) % 8))


def _base85(text: bytes) -> bytes:
    return base64.b85decode(text)


def _ascii85(text: bytes) -> bytes:
    return base64.a85decode(text.removeprefix(b"<~").removesuffix(b"~>"))


#: Each coding: what all of a run of it is made of, and how it is decoded.
_CODINGS: Final[tuple[tuple[str, bytes, Callable[[bytes], bytes]], ...]] = (
    ("hexadecimal", rb"(?:0x)?([0-9a-fA-F]{32,})", _hex),
    ("base32", rb"([A-Z2-7]{32,}={0,6})|([a-z2-7]{32,}={0,6})", _base32),
    ("base64", rb"([A-Za-z0-9+/_-]{32,}={0,2})", _base64),
    ("base85", rb"([!#-&(-+;-Z^-z{|}~A-Za-z0-9-]{32,})", _base85),
    ("base85", rb"((?:<~)?[!-uz]{32,}(?:~>)?)", _ascii85),
)


def decoded(data: bytes, offset: int, budget: Budget) -> Iterator[Decoded]:
    """Yield what the runs in `data`, which stands at `offset`, decode to if it is something."""
    seen = -1
    if b"\\" in data:
        yield from _quoted(data, offset, budget)
        for escaped, plain in _ESCAPES:
            data = data.replace(escaped, plain)
    for table in _ALPHABETS_OF_RUNS:
        for start, end in _runs(data.translate(table)):
            if start >= seen and (one := _decode(data, start, end, budget)) is not None:
                seen = end
                yield one._replace(offset=offset + one.offset)


def _quoted(data: bytes, offset: int, budget: Budget) -> Iterator[Decoded]:
    """Yield scripts in strings of JSON, whose lines end in an escape."""
    for match in re.finditer(_QUOTED, data):
        try:
            text = msgspec.json.decode(b'"' + match[0] + b'"', type=str).encode("utf-8", "replace")
        except (ValueError, msgspec.DecodeError):
            continue
        size = MEASURES["script"](Memory(text), budget)
        if size:
            found = Found(0, size, "script")
            yield Decoded(offset + match.start(), "JSON", text[:size], found)


def _runs(mapped: bytes) -> Iterator[tuple[int, int]]:
    start = mapped.find(_RUN)
    while start >= 0:
        end = mapped.find(b" ", start)
        end = len(mapped) if end < 0 else end
        yield start, end
        start = mapped.find(_RUN, end)


def _decode(data: bytes, start: int, end: int, budget: Budget) -> Decoded | None:
    """Decode a run, from its first byte that is no line break."""
    budget.tick()
    text = data[start : min(end, start + _LARGEST)]
    lead = len(text) - len(text.lstrip(b"\r\n"))
    plain = text.translate(None, b"\r\n")
    for coding, shape, decode in _CODINGS:
        for place in _starts(plain):
            shaped = re.compile(shape).match(plain, place)
            if shaped is None:
                continue
            found = _follow(next(filter(None, shaped.groups())), decode, budget, coding)
            if found is not None:
                return found._replace(offset=start + lead + place)
    return None


def _starts(plain: bytes) -> Iterator[int]:
    """Yield where a run may start: at once, behind a byte of its length, behind a word."""
    yield 0
    yield 1
    comma = max(plain.rfind(mark, 0, 64) for mark in (b"=", b"-", b"_", b":", b"'", b"/"))
    if comma >= 0:
        yield comma + 1


def _follow(
    text: bytes, decode: Callable[[bytes], bytes], budget: Budget, coding: str
) -> Decoded | None:
    """Decode the start of `text`, and all of it only where that is the start of something."""
    for _ in range(_DEEPEST):
        try:
            head = decode(text[:_HEAD])
        except (ValueError, binascii.Error):
            return None
        if (name := known(head)) is not None:
            return _whole(text, decode, budget, coding, name)
        inner = re.match(rb"[A-Za-z0-9+/]{40,}", head)
        if inner is None:
            return None
        try:
            text = decode(text).translate(None, b"\r\n")
        except (ValueError, binascii.Error):
            return None
        decode = _base64
    return None


def _whole(
    text: bytes, decode: Callable[[bytes], bytes], budget: Budget, coding: str, format: str
) -> Decoded | None:
    try:
        data = decode(text)
    except (ValueError, binascii.Error):
        data = _longest(text, decode)
    size = MEASURES[format](Memory(data), budget)
    return Decoded(0, coding, data[:size], Found(0, size, format)) if size else None


def _longest(text: bytes, decode: Callable[[bytes], bytes]) -> bytes:
    """Decode as much of `text` as can be, in steps of twenty characters (all codings divide it)."""
    low, high = 0, len(text) // 40
    while low < high:
        middle = (low + high + 1) // 2
        try:
            decode(text[: middle * 40])
            low = middle
        except (ValueError, binascii.Error):
            high = middle - 1
    return decode(text[: low * 40])


def known(head: bytes) -> str | None:
    """Return the format that bytes starting with `head` may be of."""
    return next((name for pattern, name in _HEADS if re.match(pattern, head, re.DOTALL)), None)


def _prefix(head: bytes, encode: Callable[[bytes], bytes]) -> bytes:
    """Return the characters that all encodings of bytes starting with `head` start with."""
    one, other = encode(head + bytes(8)), encode(head + b"\xff" * 8)
    same = next(at for at, (x, y) in enumerate(zip(one, other, strict=False)) if x != y)
    return one[:same]


_LITERAL_HEADS: Final = (
    *(
        b"\x7fELF",
        b"MZ\x90\0",
        b"MZ\0\0",
        b"MZARU",
        b"MZqFpD",
        b"\xcf\xfa\xed\xfe",
        b"\xce\xfa\xed\xfe",
    ),
    *(b"\xca\xfe\xba\xbe", b"\0asm\1\0\0\0", b"dex\n03", b"PK\3\4", b"7z\xbc\xaf\x27\x1c"),
    *(
        b"\x1f\x8b\x08",
        b"BZh91AY",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"\x80\4\x95",
        b"\x80\5\x95",
    ),
    *(
        b"\x80\2cos",
        b"\x80\3cos",
        b"\x80\2cpos",
        b"\x80\3cbu",
        b"\x80\2c__",
        b"cos\ns",
        b"cposix",
        b"#!/",
    ),
)
_ALPHABETS: Final = (
    (rb"[A-Za-z0-9+/_\r\n-]", base64.b64encode),
    (rb"[A-Z2-7\r\n]", base64.b32encode),
    (rb"[0-9a-f\r\n]", binascii.hexlify),
    (rb"[0-9A-F\r\n]", base64.b16encode),
    (rb"[!-~\r\n]", base64.b85encode),
    (rb"[!-~\r\n]", base64.a85encode),
)


def starts() -> Iterator[bytes]:
    """Yield patterns of what encoded text of something known starts with, one for each coding."""
    for alphabet, encode in _ALPHABETS:
        heads = b"|".join(sorted({re.escape(_prefix(head, encode)) for head in _LITERAL_HEADS}))
        yield b"(?:" + heads + b")" + alphabet + b"{%d}" % (_SHORTEST - 8)
