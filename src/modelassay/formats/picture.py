"""Pictures and sounds: inert, but for what stands behind their end.

Sources: PNG (W3C), JPEG (ITU T.81), GIF89a, RIFF (WebP, WAVE). Only their outermost structure is
walked, to find where they end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Refined, Source
from modelassay.io.blob import Blob
from modelassay.io.cursor import Cursor

_CHUNK: Final = 1 << 16


def _png(cursor: Cursor) -> None:
    cursor.skip(8)
    kind = b""
    while kind != b"IEND":
        length, kind = int.from_bytes(cursor.read(4), "big"), cursor.read(4)
        cursor.skip(length + 4)


def _gif(cursor: Cursor) -> None:
    cursor.skip(10)
    _color_table(cursor, cursor.u8())
    cursor.skip(2)
    while (block := cursor.u8()) != 0x3B:
        if block == 0x2C:
            cursor.skip(8)
            _color_table(cursor, cursor.u8())
        elif block != 0x21:
            raise ReadError("no block of a GIF", cursor.position)
        cursor.skip(1)
        while size := cursor.u8():
            cursor.skip(size)


def _color_table(cursor: Cursor, flags: int) -> None:
    if flags & 0x80:
        cursor.skip(3 << (flags & 7) + 1)


def _riff(cursor: Cursor) -> None:
    cursor.skip(4)
    size = cursor.u32()
    cursor.skip(size + size % 2 if size % 2 <= cursor.left - size else size)


def _jpeg(cursor: Cursor) -> None:
    cursor.skip(2)
    while True:
        if cursor.u8() != 0xFF:
            raise ReadError("no marker of a JPEG", cursor.position - 1)
        while (marker := cursor.u8()) == 0xFF:
            pass
        if marker == 0xD9:
            return
        if marker == 1 or 0xD0 <= marker <= 0xD7:
            continue
        length = int.from_bytes(cursor.read(2), "big")
        cursor.skip(max(length, 2) - 2)
        if marker == 0xDA:
            _scan(cursor)


def _scan(cursor: Cursor) -> None:
    """Step over the coded data of a JPEG, up to the next marker that is not part of it."""
    while True:
        chunk = cursor.blob.read_at(cursor.position, _CHUNK)
        place = chunk.find(b"\xff")
        while place >= 0 and place + 1 < len(chunk):
            if chunk[place + 1] != 0 and not 0xD0 <= chunk[place + 1] <= 0xD7:
                cursor.skip(place)
                return
            place = chunk.find(b"\xff", place + 2)
        if len(chunk) < _CHUNK:
            raise ReadError("the picture is cut short", cursor.position)
        cursor.skip(len(chunk) - 1)


_WALKS: Final[tuple[tuple[str, bytes, bytes, Callable[[Cursor], None]], ...]] = (
    ("png", b"\x89PNG\r\n\x1a\n", b"", _png),
    ("jpeg", b"\xff\xd8\xff", b"", _jpeg),
    ("gif", b"GIF8", b"", _gif),
    ("webp", b"RIFF", b"WEBP", _riff),
    ("wave", b"RIFF", b"WAVE", _riff),
)


def _kind(blob: Blob) -> tuple[str, Callable[[Cursor], None]] | None:
    head = blob.head(12)
    for name, first, second, walk in _WALKS:
        if head.startswith(first) and head[8:].startswith(second):
            return name, walk
    return None


def identify(blob: Blob) -> bool:
    """Whether `blob` starts as a picture or a sound does."""
    return _kind(blob) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield what stands behind the end; a picture whose end cannot be found is searched whole."""
    blob = source.blob
    kind = _kind(blob)
    if kind is None:
        return
    name, walk = kind
    yield Refined(name)
    cursor = Cursor(blob)
    try:
        walk(cursor)
        end = cursor.position
    except ReadError as error:
        message = f"the end of the picture cannot be found: {error}"
        yield Anomaly(kind="picture-data", message=message, at=Location(error.offset))
        yield Child("@0", blob.sub(1), role="tail")
        return
    if end < blob.size:
        size = blob.size - end
        message = f"{size} bytes behind the end of the picture"
        yield Anomaly(
            kind="picture-suffix", message=message, values=(Const(size),), at=Location(end)
        )
        yield Child(f"@{end}", blob.sub(end), role="tail")
