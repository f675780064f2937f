"""The text form of protobuf messages, turned into the wire form by a schema.

Source: https://protobuf.dev/reference/protobuf/textformat-spec/. What reads the wire form reads the
text form too in this way. Fields that the schema does not have are passed over with all inside.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

from modelassay.io.protobuf import BYTES, FIXED32, VARINT

#: For each message its fields: the number, and `int`, `float`, `text`, or the name of a message.
Schema: TypeAlias = "Mapping[str, Mapping[str, tuple[int, str]]]"

_TOKEN: Final = re.compile(
    r"""(?:\s++|\#[^\n]*+)*+(?:(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<word>[-+]?[\w.]+(?:[-+]\d+)?)|(?P<mark>[{}<>\[\],:;/-]))""",
    re.VERBOSE,
)
_SPACE: Final = re.compile(r"(?:\s++|#[^\n]*+)*+")
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_LETTERS: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f"}
_DEEPEST: Final = 200


class Encoded(msgspec.Struct):
    """The wire form of a text, and why it ends early if it does."""

    data: bytes
    fault: str | None = None
    offset: int = 0


class _Open(msgspec.Struct):
    """A message that is not closed yet; `kind` is empty where the schema does not know it."""

    kind: str
    number: int
    end: str
    data: bytearray
    listed: bool = False


def schema(**messages: str) -> Schema:
    """Return a schema from texts such as `name:1:text node:2:Node`, one for each message."""
    return {
        message: {
            name: (int(number), kind)
            for name, number, kind in (field.split(":") for field in fields.split())
        }
        for message, fields in messages.items()
    }


def encode(text: str, known: Schema, root: str, words: Mapping[str, int]) -> Encoded:
    """Return the wire form of `text`, a message `root`; `words` are the numbers of enumerations."""
    opened = [_Open(root, 0, "", bytearray())]
    fault, offset = None, 0
    tokens = _Tokens(text)
    try:
        while tokens.kind != "end":
            offset = tokens.start
            _read_field(tokens, opened, known, words)
        if len(opened) > 1:
            fault = "a message is not closed"
    except ValueError as error:
        fault = str(error)
    while len(opened) > 1:
        _close(opened)
    return Encoded(bytes(opened[0].data), fault, offset)


class _Tokens:
    """The tokens of a text, one at a time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self.kind = self.token = ""
        self.start = 0
        self.next()

    def next(self) -> str:
        """Go on by one; return the token that was there."""
        before = self.token
        found = _TOKEN.match(self._text, self._position)
        if found is None:
            self.start = _SPACE.match(self._text, self._position).end()  # type: ignore[union-attr]
            self.token = self._text[self.start : self.start + 40]
            self.kind = "broken" if self.token else "end"
            return before
        self.kind, self.token = str(found.lastgroup), found[str(found.lastgroup)]
        self.start, self._position = found.start(), found.end()
        return before

    def accept(self, *marks: str) -> str:
        """Take one of `marks`, if it is there."""
        return self.next() if self.kind == "mark" and self.token in marks else ""


def _read_field(
    tokens: _Tokens, opened: list[_Open], known: Schema, words: Mapping[str, int]
) -> None:
    """Read the next field, or the start or end of a message."""
    last = opened[-1]
    if tokens.accept(",", ";"):
        return
    if last.end and tokens.accept(last.end):
        _close(opened)
        if last.listed:
            tokens.accept(",")
            if not tokens.accept("]"):
                _open(tokens, opened, last.kind, last.number, listed=True)
        return
    number, kind = known.get(last.kind, {}).get(_name(tokens), (0, ""))
    inner = kind if kind in known else ""
    tokens.accept(":")
    listed = bool(tokens.accept("["))
    if listed and tokens.accept("]"):
        return
    if tokens.kind == "mark" and tokens.token in ("{", "<"):
        _open(tokens, opened, inner, number, listed)
        return
    _scalar(last.data, number, kind, _values(tokens), words)
    while listed and tokens.accept(","):
        _scalar(last.data, number, kind, _values(tokens), words)
    if listed and not tokens.accept("]"):
        raise ValueError("a list is not closed")


def _open(tokens: _Tokens, opened: list[_Open], kind: str, number: int, listed: bool) -> None:
    begins = tokens.accept("{", "<")
    if not begins or len(opened) > _DEEPEST:
        raise ValueError("a message is wanted" if not begins else "messages are nested too deep")
    opened.append(_Open(kind, number, "}" if begins == "{" else ">", bytearray(), listed))


def _name(tokens: _Tokens) -> str:
    if tokens.kind == "word":
        return tokens.next()
    if tokens.accept("["):  # the name of an extension
        while not tokens.accept("]"):
            if tokens.kind in ("end", "broken"):
                raise ValueError("the name of an extension is not closed")
            tokens.next()
        return ""
    raise ValueError(f"a field is wanted, {tokens.token[:40]!r} found")


def _values(tokens: _Tokens) -> list[str]:
    """Take a word, or strings that stand side by side."""
    if tokens.kind == "text":
        values = [tokens.next()]
        while tokens.kind == "text":
            values.append(tokens.next())
        return values
    sign = tokens.accept("-")
    if tokens.kind == "word":
        return [sign + tokens.next()]
    raise ValueError(f"a value is wanted, {tokens.token[:40]!r} found")


def _scalar(
    data: bytearray, number: int, kind: str, values: list[str], words: Mapping[str, int]
) -> None:
    """Write a scalar field; nothing where the schema does not know it."""
    if kind == "text":
        _bytes(data, number, b"".join(_unescaped(value) for value in values))
    elif kind == "int":
        data += varint(number << 3 | VARINT) + varint(_integer(values[0], words))
    elif kind == "float":
        try:
            packed = struct.pack("<f", float(values[0].rstrip("fF")))
        except (ValueError, OverflowError):
            packed = struct.pack("<f", 0.0)
        data += varint(number << 3 | FIXED32) + packed


def _integer(word: str, words: Mapping[str, int]) -> int:
    if word in words:
        return words[word]
    try:
        return int(word[:40], 0) & ((1 << 64) - 1)
    except ValueError:
        return int(word in ("true", "True", "t"))


def _unescaped(token: str) -> bytes:
    def letter(found: re.Match[bytes]) -> bytes:
        if found[1] or found[2]:
            return bytes([int(found[1] or found[2], 8 if found[1] else 16) & 0xFF])
        return _LETTERS.get(found[3], found[3])

    return _ESCAPE.sub(letter, token[1:-1].encode("utf-8", "surrogatepass"))


def _close(opened: list[_Open]) -> None:
    done = opened.pop()
    if done.kind:
        _bytes(opened[-1].data, done.number, bytes(done.data))


def _bytes(data: bytearray, number: int, content: bytes) -> None:
    data += varint(number << 3 | BYTES) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """Return `value` as a varint."""
    return bytes(_septets(value))


def _septets(value: int) -> Iterator[int]:
    while value > 127:
        yield value & 127 | 128
        value >>= 7
    yield value
