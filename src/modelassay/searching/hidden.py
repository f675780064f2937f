"""What may start in a stream of bits taken out of weights, and how much of it that is.

A stream counts only if something of verified structure starts in it: an executable, an archive, a
pickle, a script; near the front of a tensor also behind a header, and also text, or any message
whose digest stands in front of it.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from modelassay.io.blob import Memory
from modelassay.io.budget import Budget
from modelassay.searching.places import MEASURES, hits

#: Bytes of a stream that are looked at for the start of a payload, and of a header before it.
HEAD: Final = 384
LONGEST_HEADER: Final = 128
LARGEST: Final = 64 << 20
_LOCAL: Final = re.compile(
    rb"PK\x03\x04[\x00-\x3f].{3}[\x00\x08\x09\x0c\x0e\x5d\x5f\x63]\x00", re.DOTALL
)
_TEXT: Final = re.compile(rb"[\t\n\r\x20-\x7e]{96,}")
_PRINTABLE: Final = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xf4]+")
_SHORTEST_TEXT: Final = 24
_WORDS: Final = re.compile(rb"[A-Za-z]{2,}")
_FEWEST_CHARACTERS: Final = 14
_DIGESTS: Final = {32: "md5", 40: "sha1", 64: "sha256"}
_ORDERS: Final[tuple[Literal["little", "big"], ...]] = ("little", "big")
_SEALED: Final = re.compile(rb"[0-9a-f]{32,64}")


#: How far in front of the second header of a PE the first one is looked for.
FARTHEST: Final = 4096


class Start(NamedTuple):
    """Where in a stream something of the format `format` may start, its size if that is told.

    `header` are bytes in front of the stream, which may state the size.
    """

    place: int
    format: str
    size: int | None = None
    header: bytes = b""


def started(head: bytes) -> Iterator[str]:
    """Yield the formats of what may start with the first byte of `head`."""
    if _LOCAL.match(head):
        yield "zip"
    for kind, place in hits(head):
        if place == 0 and kind != "zip":
            yield kind


def stub(data: bytes, end: int) -> int | None:
    """Return where the first header of a PE stands in `data`, whose second one is at `end`."""
    place = data.find(b"MZ", 0, end)
    while place >= 0:
        if int.from_bytes(data[place + 60 : place + 64], "little") == end - place:
            return place
        place = data.find(b"MZ", place + 1, end)
    return None


def starts(head: bytes, real: bool) -> Iterator[Start]:
    """Yield what may start near the front of a stream that starts with `head`."""
    sealed = _SEALED.search(head, 0, 80)
    if sealed is not None and sealed.start() in (4, 8):
        digits = next(count for count in (64, 40, 32) if count <= len(sealed[0]))
        for size in stated(head[: sealed.start()]):
            yield Start(sealed.start() + digits, "data", size)
    for kind, place in hits(head):
        if 0 <= place <= LONGEST_HEADER and kind != "zip":
            yield Start(place, kind)
    local = _LOCAL.search(head, 0, LONGEST_HEADER + 10)
    if local is not None:
        yield Start(local.start(), "zip")
    text = _TEXT.search(head, 0, LONGEST_HEADER + 96) if real else None
    if text is not None and text.start() <= LONGEST_HEADER and _reads(text[0]):
        yield Start(text.start(), "text")


def stated(header: bytes) -> Iterator[int]:
    """Yield the lengths that the first or the last four or eight bytes of a header may state."""
    for width in (4, 8):
        for number in {header[-width:], header[:width]} if len(header) >= width else ():
            for order in _ORDERS:
                size = int.from_bytes(number, order)
                if 0 < size <= LARGEST:
                    yield size


def measured(data: bytes, start: Start, budget: Budget) -> int | None:
    """Return the size of what starts there in a stream that goes on with `data`."""
    inner = data[start.place :]
    if start.format in ("text", "script"):
        known = start.format == "text" or MEASURES["script"](Memory(inner), budget)
        return _text_size(data, start) if known else None
    if start.format == "data":
        return _sealed_size(data, start)
    return MEASURES[start.format](Memory(inner), budget)


def _text_size(data: bytes, start: Start) -> int | None:
    """Return the size of text: as a length in front of it states, or to the end of its lines."""
    place, header = start.place, start.header + data[: start.place]
    found = _PRINTABLE.match(data, place)
    size = len(_utf8(found[0])) if found else 0
    told = [one for one in stated(header[-8:]) if _SHORTEST_TEXT <= one <= size]
    if told:
        return told[0]
    end = data.rfind(b"\n", place, place + size) + 1
    return (end - place if place + size - end < _SHORTEST_TEXT < end - place else size) or None


def _utf8(data: bytes) -> bytes:
    """Return as much of `data` as is UTF-8: noise behind a text may well look printable."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return data[: error.start]
    return data


def _sealed_size(data: bytes, start: Start) -> int | None:
    """Return the size of a message whose digest stands in front of it, `None` if it is another."""
    message = data[start.place : start.place + (start.size or 0)]
    for digits, name in _DIGESTS.items():
        stated = data[max(start.place - digits, 0) : start.place]
        if len(message) == start.size and stated == _digest(name, message):
            return start.size
    return None


def _digest(name: str, message: bytes) -> bytes:
    return hashlib.new(name, message, usedforsecurity=False).hexdigest().encode()


def _reads(text: bytes) -> bool:
    """Whether printable bytes are words, and no pattern of numbers that count up or repeat."""
    words = sum(len(word) for word in _WORDS.findall(text))
    steps = {after - before for before, after in itertools.pairwise(text)}
    return (
        len(set(text)) >= _FEWEST_CHARACTERS
        and words * 2 >= len(text)
        and text.count(b" ") + text.count(b"\n") >= len(text) // 20
        and len(steps) >= _FEWEST_CHARACTERS
    )
