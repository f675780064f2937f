"""Sparse members: files with holes, of which only the rest is stored.

Source: the GNU tar manual, "Storing Sparse Files": old GNU headers and pax versions 0.0, 0.1, 1.0.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import msgspec

from modelassay.formats.tar.header import Header, Pax
from modelassay.io.blob import Blob
from modelassay.io.tar import BLOCK, number

_MOST_PIECES: Final = 100_000
_LONGEST_NUMBER: Final = 24


class Map(msgspec.Struct):
    """Where the stored pieces of a file of `size` bytes belong.

    `skip` is how many bytes of the body, or behind the header, the map itself takes; `error` says
    why it cannot be followed.
    """

    size: int
    pieces: list[tuple[int, int]] = []
    skip: int = 0
    error: str | None = None


class Holed(Blob):
    """A sparse file: its pieces where they belong, zeros between. Takes no memory for its holes."""

    def __init__(self, stored: Blob, layout: Map) -> None:
        self.size = layout.size
        self.expansion = stored.expansion
        self._stored = stored
        self._pieces: list[tuple[int, int, int]] = []
        position = 0
        for offset, length in layout.pieces:
            self._pieces.append((offset, length, position))
            position += length
        self._starts = [start for start, _, _ in self._pieces]

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Blob.read_at`."""
        offset = max(offset, 0)
        end = min(offset + max(length, 0), self.size)
        data = bytearray(max(end - offset, 0))
        nearest = max(bisect_right(self._starts, offset) - 1, 0)
        for start, size, stored in self._pieces[nearest:]:
            if start >= end:
                break
            first, last = max(start, offset), min(start + size, end)
            if first < last:
                piece = self._stored.read_at(stored + first - start, last - first)
                data[first - offset : first - offset + len(piece)] = piece
        return bytes(data)


def find_map(
    header: Header, pax: Pax, ordered: list[tuple[bytes, bytes]], body: Blob, behind: Blob
) -> Map | None:
    """Return the map of a sparse member, `None` if it is not sparse.

    `body` are its stored bytes, `behind` all bytes behind its header.
    """
    try:
        if header.flag == b"S":
            return _checked(_old(header, behind))
        if pax.get(b"GNU.sparse.major") == b"1":
            return _checked(_version_1(pax, body))
        if b"GNU.sparse.map" in pax:
            numbers = [int(part) for part in pax[b"GNU.sparse.map"].split(b",")]
            return _checked(Map(int(pax[b"GNU.sparse.size"]), _pairs(numbers)))
        if b"GNU.sparse.size" in pax:
            keys = (b"GNU.sparse.offset", b"GNU.sparse.numbytes")
            numbers = [int(value) for key, value in ordered if key in keys]
            return _checked(Map(int(pax[b"GNU.sparse.size"]), _pairs(numbers)))
    except (ValueError, KeyError):
        return Map(0, error="its sparse map is no list of numbers")
    return None


def _pairs(numbers: list[int]) -> list[tuple[int, int]]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _old(header: Header, behind: Blob) -> Map:
    block = header.block
    layout = Map(number(block[483:495]) or 0)
    entries, extended = block[386:482], block[482]
    while True:
        for place in range(0, len(entries), 24):
            piece = entries[place : place + 24]
            offset, length = number(piece[:12]), number(piece[12:])
            if offset is None or length is None:
                raise ValueError("no number")
            if piece.strip(b"\0"):
                layout.pieces.append((offset, length))
        if not extended or len(layout.pieces) > _MOST_PIECES:
            return layout
        more = behind.read_at(layout.skip, BLOCK)
        if len(more) < BLOCK:
            raise ValueError("cut short")
        layout.skip += BLOCK
        entries, extended = more[:504], more[504]


def _version_1(pax: Pax, body: Blob) -> Map:
    layout = Map(int(pax[b"GNU.sparse.realsize"]))
    lines = _Lines(body)
    count = lines.next()
    if count > _MOST_PIECES:
        raise ValueError("too many pieces")
    layout.pieces = [(lines.next(), lines.next()) for _ in range(count)]
    layout.skip = -(-lines.position // BLOCK) * BLOCK
    return layout


class _Lines:
    """Numbers, one a line, from the start of a blob."""

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self.position = 0
        self._window = b""
        self._base = 0

    def next(self) -> int:
        """Return the next number. Raises `ValueError`."""
        if self.position - self._base + _LONGEST_NUMBER > len(self._window):
            self._window = self.blob.read_at(self.position, 1 << 16)
            self._base = self.position
        start = self.position - self._base
        end = self._window.index(b"\n", start, start + _LONGEST_NUMBER)
        self.position = self._base + end + 1
        return int(self._window[start:end])


def _checked(layout: Map) -> Map:
    """Note where the pieces do not lie in order within the file."""
    position = 0
    for offset, length in layout.pieces:
        if offset < position or length < 0 or offset + length > layout.size:
            layout.error = "the pieces of its sparse map do not lie in order within the file"
            break
        position = offset + length
    if len(layout.pieces) > _MOST_PIECES:
        layout.error = f"its sparse map has more than {_MOST_PIECES} pieces"
    return layout
