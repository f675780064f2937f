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
from typing import Final, NamedTuple, TypeAlias

import msgspec

from modelassay.core.pattern import later
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget
from modelassay.searching.heads import known
from modelassay.searching.packed import deflated, unpack
from modelassay.searching.places import MEASURES, Found

_SHORTEST: Final = 48
#: A run of letters and digits may be shorter: a pickle of two lines runs a command.
_SHORTEST_PLAIN: Final = 28
_LARGEST: Final = 64 << 20
_HEAD: Final = 800
_NEAR: Final = 64
_BEHIND: Final = 4  # bytes of an opcode that may stand behind a constant, and be of its alphabet
_FEWEST_OTHERS: Final = 4
_DEEPEST: Final = 4
_PLAIN_TEXT: Final = bytes(range(32, 127)) + b"\t\r\n"
_HEXADECIMAL: Final = b"0123456789abcdefABCDEF"
_LETTERS: Final = bytes(range(65, 91)) + bytes(range(97, 123))
_BASE64: Final = _LETTERS + b"0123456789+/-_="
#: What text in lines, also in strings of JSON, is made of.
ENCODED: Final = _BASE64 + b"\r\n\\"
_BASE85: Final = bytes(range(33, 127)).translate(None, b'"\\')


class Decoded(NamedTuple):
    """What a run of text at `offset` decodes to, by `coding`, and what is found there."""

    offset: int
    coding: str
    data: bytes
    found: Found


def _map(alphabet: bytes) -> bytes:
    return bytes(97 if byte in alphabet or byte in b"\r\n" else 32 for byte in range(256))


#: Escapes of JSON between the lines of encoded text, and what is as long and does not part it.
_ESCAPES: Final = ((b"\\n", b"\n\n"), (b"\\r", b"\r\r"), (b"\\/", b"\n/"))
_QUOTED: Final = later(rb'#!\s?/(?:[^"\\\x00-\x1f]|\\.){16,65536}')
#: A name as a pickle in text has it; its stream starts some opcodes before.
_NAMED: Final = later(rb"[ci][A-Za-z_][\w.]{0,80}\\n[A-Za-z_][\w.]{0,80}\\n")
_STRING: Final = later(rb'(?:[^"\\\x00-\x1f]|\\.){8,65536}')
_BEFORE: Final = 200


def _hex(text: bytes) -> bytes:
    return binascii.unhexlify(text[: len(text) // 2 * 2])


def _base64(text: bytes) -> bytes:
    text = text.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    text = text[:-1] if len(text) % 4 == 1 else text
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4))


def _base32(text: bytes) -> bytes:
    text = text.upper().rstrip(b"=")
    text = text[:-1] if len(text) % 8 in (1, 3, 6) else text
    return base64.b32decode(text + b"=" * (-len(text) % 8))


def _base85(text: bytes) -> bytes:
    return base64.b85decode(text)


def _ascii85(text: bytes) -> bytes:
    return base64.a85decode(text.removeprefix(b"<~").removesuffix(b"~>"))


_Coding: TypeAlias = tuple[str, "re.Pattern[bytes]", Callable[[bytes], bytes]]
#: Each coding: what all of a run of it is made of, and how it is decoded.
_PLAIN: Final[tuple[_Coding, ...]] = (
    ("hexadecimal", later(rb"(?:0x)?([0-9a-fA-F]{28,})"), _hex),
    ("base32", later(rb"([A-Z2-7]{28,}={0,6})|([a-z2-7]{28,}={0,6})"), _base32),
    ("base64", later(rb"([A-Za-z0-9+/_-]{28,}={0,2})"), _base64),
)
_DENSE: Final[tuple[_Coding, ...]] = (
    ("base85", later(rb"([!#-&(-+;-Z^-z{|}~A-Za-z0-9-]{40,})"), _base85),
    ("base85", later(rb"((?:<~)?[!-uz]{40,}(?:~>)?)"), _ascii85),
)
#: The characters that make a run, how many at least, and the codings it may be of.
_RUNS: Final = (
    (_map(_BASE64), b"a" * _SHORTEST_PLAIN, _PLAIN),
    (_map(_BASE85), b"a" * _SHORTEST, _DENSE),
)


def decoded(data: bytes, offset: int, budget: Budget) -> Iterator[Decoded]:
    """Yield what the runs in `data`, which stands at `offset`, decode to if it is something."""
    seen = -1
    if b"\\" in data:
        yield from _quoted(data, offset, budget)
        for escaped, plain in _ESCAPES:
            data = data.replace(escaped, plain)
    for table, run, codings in _RUNS:
        for start, end in _runs(data.translate(table), run):
            if start < seen or (codings is _DENSE and not _dense(data[start : start + _HEAD])):
                continue
            if (one := _decode(data, start, end, codings, budget)) is not None:
                seen = end
                yield one._replace(offset=offset + one.offset)


def _quoted(data: bytes, offset: int, budget: Budget) -> Iterator[Decoded]:
    """Yield scripts and pickles of text in strings of JSON, whose lines end in an escape."""
    for start, end, kind in _strings(data):
        try:
            text = msgspec.json.decode(b'"' + data[start:end] + b'"', type=str)
        except (ValueError, msgspec.DecodeError):
            continue
        plain = text.encode("utf-8", "replace")
        if size := MEASURES[kind](Memory(plain), budget):
            yield Decoded(offset + start, "JSON", plain[:size], Found(0, size, kind))


def _strings(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield where strings that may be a script, or a pickle that names something, stand."""
    for script in _QUOTED.finditer(data):
        yield script.start(), script.end(), "script"
    passed = 0
    for name in _NAMED.finditer(data):
        opening = data.rfind(b'"', max(name.start() - _BEFORE, 0), name.start()) + 1
        string = _STRING.match(data, opening or name.start())
        if string is not None and name.start() >= passed:
            passed = string.end()
            yield *string.span(), "pickle"


def _runs(mapped: bytes, run: bytes) -> Iterator[tuple[int, int]]:
    start = mapped.find(run)
    while start >= 0:
        end = mapped.find(b" ", start)
        end = len(mapped) if end < 0 else end
        yield start, end
        start = mapped.find(run, end)


def _dense(text: bytes) -> bool:
    """Whether several characters are none of base64, as in nearly all text of base85."""
    return len(set(text.translate(None, _BASE64))) >= _FEWEST_OTHERS


def _decode(
    data: bytes, start: int, end: int, codings: tuple[_Coding, ...], budget: Budget
) -> Decoded | None:
    """Decode a run, from its first byte that is no line break."""
    budget.tick()
    text = data[start : min(end, start + _LARGEST)]
    plain = text.translate(None, b"\r\n")
    binary = bool(data[max(start - _NEAR, 0) : start].translate(None, _PLAIN_TEXT))
    for coding, shape, decode in codings:
        for place in dict.fromkeys((*_starts(plain, binary), _first_long(text))):
            shaped = shape.match(plain, place)
            if shaped is None:
                continue
            found = _follow(next(filter(None, shaped.groups())), decode, budget, coding)
            if found is not None:
                return found._replace(offset=start + _original(text, place))
    return None


def _first_long(text: bytes) -> int:
    """Return where, line breaks left out, the first line starts that is no word."""
    place = 0
    for line in text[: _HEAD * 2].splitlines():
        if len(line) >= _SHORTEST_PLAIN:
            return place
        place += len(line)
    return 0


def _original(text: bytes, place: int) -> int:
    """Return where in `text` the byte stands that is at `place` without the line breaks."""
    at = 0
    while place or text[at] in b"\r\n":
        place -= text[at] not in b"\r\n"
        at += 1
    return at


def _starts(plain: bytes, binary: bool) -> Iterator[int]:
    """Yield where a run may start: at once, behind a word or the bytes of a length touching it."""
    yield from range(3 if binary else 1)
    comma = max(plain.rfind(mark, 0, 64) for mark in (b"=", b"-", b"_", b":", b"'", b"/"))
    if comma >= 0:
        yield comma + 1
    for place in range(1, min(len(plain), _NEAR)):
        if 0 <= len(plain) - place - plain[place - 1] <= _BEHIND:
            yield place  # behind the length of a short constant, and the name in front of that


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
        if (name := deflated(head)) is not None:
            return _whole(text, _unpacking(decode), budget, f"deflated {coding}", name)
        inner = re.match(rb"[A-Za-z0-9+/]{40,}", head)
        if inner is None:
            return None
        try:
            text = decode(text).translate(None, b"\r\n")
        except (ValueError, binascii.Error):
            return None
        decode = _base64
    return None


def _unpacking(decode: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda text: unpack(decode(text))


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
        yield b"(?:" + heads + b")" + alphabet + b"{%d}" % (_SHORTEST_PLAIN - 8)
