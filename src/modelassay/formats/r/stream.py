"""The three ways in which R writes numbers and text: XDR, native binary, ascii.

Source: `InInteger`, `InReal`, `InString` and `InWord` in `src/main/serialize.c` of R.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from struct import Struct
from typing import ClassVar, Final, Literal

from modelassay.core.errors import ReadError
from modelassay.io.blob import Blob

_WINDOW: Final = 1 << 16
_PREVIEW: Final = 400
_LARGEST_ASCII: Final = 256 << 20
_WORD: Final = re.compile(rb"[ \t\r\n\v\f]*([^ \t\r\n\v\f]{1,400})")
_SPACE: Final = re.compile(rb"[ \t\r\n\v\f]*")
_ESCAPED: Final = re.compile(rb"\\[0-7]{1,3}|\\.|[^\\]", re.DOTALL)
_LETTERS: Final = {
    b"\\n": b"\n", b"\\t": b"\t", b"\\v": b"\v", b"\\b": b"\b", b"\\r": b"\r", b"\\f": b"\f",
    b"\\a": b"\a",
}  # fmt: skip

Element: Final = {"integer": 4, "real": 8, "complex": 16, "raw": 1}
Kind = Literal["integer", "real", "complex", "raw"]


class Stream(ABC):
    """A position in a blob. Every read moves it forward or raises `ReadError`.

    `skipped` counts the bytes of vectors, which say nothing. `whole` is whether it was read to the
    end of its value.
    """

    def __init__(self, blob: Blob, position: int) -> None:
        self.blob = blob
        self.position = position
        self.skipped = 0
        self.whole = False

    @abstractmethod
    def integer(self) -> int:
        """Return a signed 32-bit integer; NA is the least."""

    @abstractmethod
    def text(self, length: int) -> str:
        """Return the first of `length` bytes of text, and step over all of them."""

    @abstractmethod
    def skip(self, kind: Kind, count: int) -> None:
        """Step over the elements of a vector."""

    @abstractmethod
    def end(self) -> None:
        """Step over what belongs to the end of a value."""


class Binary(Stream):
    """Integers of four bytes, as XDR has them."""

    number: ClassVar[Struct] = Struct(">i")

    def __init__(self, blob: Blob, position: int) -> None:
        super().__init__(blob, position)
        self._data = b""
        self._start = 0

    def integer(self) -> int:
        """See `Stream.integer`."""
        index = self.position - self._start
        if not 0 <= index <= len(self._data) - 4:
            self._start, index = self.position, 0
            self._data = self.blob.read_at(self.position, _WINDOW)
            if len(self._data) < 4:
                raise ReadError("the value ends in the middle", self.position)
        self.position += 4
        value: int = self.number.unpack_from(self._data, index)[0]
        return value

    def text(self, length: int) -> str:
        """See `Stream.text`."""
        start = self.position
        self._step(length)
        index, kept = start - self._start, min(length, _PREVIEW)
        if 0 <= index <= len(self._data) - kept:
            data = self._data[index : index + kept]
        else:
            data = self.blob.read_at(start, kept)
        return data.decode("utf-8", "backslashreplace")

    def skip(self, kind: Kind, count: int) -> None:
        """See `Stream.skip`."""
        self._step(count * Element[kind])
        self.skipped += count * Element[kind]

    def end(self) -> None:
        """See `Stream.end`."""

    def _step(self, length: int) -> None:
        left = self.blob.size - self.position
        if not 0 <= length <= left:
            raise ReadError(f"{length} bytes wanted, {left} left", self.position)
        self.position += length


class Native(Binary):
    """The integers of the machine that wrote it; all that run R today are little-endian."""

    number = Struct("<i")


class Ascii(Stream):
    """Words parted by white space, and text with escapes."""

    def __init__(self, blob: Blob, position: int) -> None:
        super().__init__(blob, position)
        if blob.size > _LARGEST_ASCII:
            raise ReadError(f"ascii of more than {_LARGEST_ASCII} bytes is not read", 0)
        self._data = blob.head(_LARGEST_ASCII)

    def integer(self) -> int:
        """See `Stream.integer`."""
        word = self._word()
        if word == b"NA":
            return -(1 << 31)
        if not re.fullmatch(rb"[-+]?[0-9]{1,10}", word):
            raise ReadError(f"a number is wanted, {word[:40]!r} found", self.position)
        return int(word)

    def text(self, length: int) -> str:
        """See `Stream.text`."""
        self.end()
        if not 0 <= length <= len(self._data) - self.position:
            raise ReadError(f"{length} bytes wanted", self.position)
        kept = bytearray()
        for _ in range(length):
            letter = _ESCAPED.match(self._data, self.position)
            if letter is None:
                raise ReadError("a text ends in the middle", self.position)
            self.position = letter.end()
            if len(kept) < _PREVIEW:
                kept += _unescaped(letter[0])
        return kept.decode("utf-8", "backslashreplace")

    def skip(self, kind: Kind, count: int) -> None:
        """See `Stream.skip`."""
        words = count * 2 if kind == "complex" else count
        if not 0 <= words <= len(self._data) - self.position:
            raise ReadError(f"{count} elements wanted", self.position)
        start = self.position
        for _ in range(words):
            self._word()
        self.skipped += self.position - start

    def end(self) -> None:
        """See `Stream.end`."""
        found = _SPACE.match(self._data, self.position)
        self.position = found.end() if found else self.position

    def _word(self) -> bytes:
        found = _WORD.match(self._data, self.position)
        if found is None:
            raise ReadError("the value ends in the middle", self.position)
        self.position = found.end()
        return found[1]


def _unescaped(letter: bytes) -> bytes:
    if len(letter) == 1 or letter in _LETTERS:
        return _LETTERS.get(letter, letter)
    return bytes([int(letter[1:], 8) & 255]) if letter[1:].isdigit() else letter[1:]


STREAMS: Final[dict[bytes, type[Stream]]] = {b"X": Binary, b"B": Native, b"A": Ascii}
