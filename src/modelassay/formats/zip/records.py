"""The records of a ZIP archive as they stand in its bytes, unjudged.

Source: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.6; Info-ZIP `proginfo/extrafld.txt` for the extra
field of UTF-8 names.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.io.blob import Blob

LOCAL: Final = b"PK\3\4"
CENTRAL: Final = b"PK\1\2"
END: Final = b"PK\5\6"
END64: Final = b"PK\6\6"
LOCATOR64: Final = b"PK\6\7"
DESCRIPTOR: Final = b"PK\7\x08"
LOCAL_SIZE: Final = 30
CENTRAL_SIZE: Final = 46
END_SIZE: Final = 22
TAIL: Final = END_SIZE + 0xFFFF

_LOCAL: Final = struct.Struct("<4s5HIIIHH")
_CENTRAL: Final = struct.Struct("<4s6HIIIHHHHHII")
_END: Final = struct.Struct("<4s4HIIH")
_LOCATOR: Final = struct.Struct("<4sIQI")
_END64: Final = struct.Struct("<4sQHHIIQQQQ")
_EXTRA: Final = struct.Struct("<HH")
_FIRST_CHUNK: Final = 1 << 10
_CHUNK: Final = 1 << 22
_FULL: Final = 0xFFFFFFFF
_ZIP64: Final = 0x0001
_UNICODE_PATH: Final = 0x7075
ENCRYPTED: Final = 1
STREAMED: Final = 1 << 3
UTF8_NAME: Final = 1 << 11


class Header(msgspec.Struct):
    """What one header, central or local, says of a member. `stored` is its size as compressed.

    `at` is where the header stands and `length` its bytes with name and extra field; `local` where
    a central one says the local one stands. `alias` is a second name, in the extra field of
    Info-ZIP.
    """

    at: int
    name: bytes
    flags: int
    method: int
    crc: int
    stored: int
    size: int
    length: int
    alias: bytes | None = None
    local: int = 0
    system: int = 0
    attributes: int = 0

    @property
    def data(self) -> int:
        """Where the bytes of the member begin, if this is a local header."""
        return self.at + self.length


class End(msgspec.Struct, frozen=True):
    """What an end record claims: how many members, and the size and offset of their directory.

    `at` is where the record begins; `records` the spans of it, its comment and its zip64 kin.
    """

    at: int
    count: int
    size: int
    offset: int
    records: tuple[tuple[int, int], ...]


class Directory(msgspec.Struct, frozen=True):
    """A central directory, and the end record that leads to it.

    `shift` is added to every offset in it, because of bytes in front of the archive.
    """

    start: int
    shift: int
    end: End

    @property
    def stop(self) -> int:
        """Where the end record and its comment end."""
        return self.end.records[-1][1]


def read_local(blob: Blob, at: int, name_size: int = 64) -> Header | None:
    """Return the local header at `at`, if there is a whole one; `name_size` is a guess."""
    raw = blob.read_at(at, LOCAL_SIZE + name_size)
    if len(raw) < LOCAL_SIZE or not raw.startswith(LOCAL):
        return None
    _, _, flags, method, _, _, crc, stored, size, name_length, extra = _LOCAL.unpack_from(raw)
    name = raw[LOCAL_SIZE : LOCAL_SIZE + name_length]
    if len(name) < name_length:
        name = blob.read_at(at + LOCAL_SIZE, name_length)
        if len(name) < name_length:
            return None
    length = LOCAL_SIZE + name_length + extra
    header = Header(at, name, flags, method, crc, stored, size, length)
    if _FULL in (stored, size):
        _apply_extra(header, blob.read_at(at + LOCAL_SIZE + name_length, extra))
    return header


def read_central(blob: Blob, start: int, end: int) -> Iterator[Header]:
    """Yield the central headers that follow one another from `start`, none beyond `end`."""
    window, base, position, wanted = b"", start, start, CENTRAL_SIZE
    while position + CENTRAL_SIZE <= end:
        if position + wanted > base + len(window) and base + len(window) < end:
            width = max(wanted, _FIRST_CHUNK, min(8 * len(window), _CHUNK))
            window, base = blob.read_at(position, min(width, end - position)), position
        offset = position - base
        if window[offset : offset + 4] != CENTRAL or len(window) - offset < CENTRAL_SIZE:
            return
        fields = _CENTRAL.unpack_from(window, offset)
        _, made_by, _, flags, method, _, _, crc, stored, size, name_size, extra = fields[:12]
        names = offset + CENTRAL_SIZE
        length = CENTRAL_SIZE + name_size + extra + fields[12]
        if length > max(wanted, len(window) - offset):
            wanted = length
            continue
        wanted = CENTRAL_SIZE
        header = Header(
            position,
            window[names : names + name_size],
            flags,
            method,
            crc,
            stored,
            size,
            length,
            None,
            fields[16],
            made_by >> 8,
            fields[15],
        )
        if extra:
            _apply_extra(header, window[names + name_size : names + name_size + extra])
        position += length
        if position > end:
            return
        yield header


def _apply_extra(header: Header, extra: bytes) -> None:
    """Take the 64-bit values and the second name out of an extra field."""
    position = 0
    while position + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, position)
        position += _EXTRA.size
        if kind == _ZIP64:
            _apply_zip64(header, extra[position : position + length])
        elif kind == _UNICODE_PATH and length > 5 and position + length <= len(extra):
            checked = int.from_bytes(extra[position + 1 : position + 5], "little")
            if checked == zlib.crc32(header.name):
                header.alias = extra[position + 5 : position + length]
        position += length


def _apply_zip64(header: Header, data: bytes) -> None:
    """The 64-bit values stand only for fields that are full, in a fixed order."""
    position = 0
    for field in ("size", "stored", "local"):
        if getattr(header, field) == _FULL and position + 8 <= len(data):
            setattr(header, field, int.from_bytes(data[position : position + 8], "little"))
            position += 8


def directories(blob: Blob, stop: int | None = None) -> list[Directory]:
    """Return every central directory that an end record names, the one most loaders take first.

    With `stop`, the record is one without comment that ends there: that of an earlier archive in a
    file of several.

    Readers disagree: some take the last end record, some one whose comment reaches to the end of
    the file; some trust the offset, some count back from the record; some prefer the zip64 record
    wherever there is one. All these readings are followed, but where both records say the same
    the directory ends before the zip64 one: nothing counts back from the other past it.
    """
    tail_at = max(blob.size - TAIL, 0) if stop is None else max(stop - END_SIZE, 0)
    tail = blob.read_at(tail_at, TAIL if stop is None else END_SIZE)
    found: dict[int, Directory] = {}
    place = tail.rfind(END)
    while place >= 0:
        if place + END_SIZE <= len(tail):
            _, _, _, _, count, size, offset, comment = _END.unpack_from(tail, place)
            at = tail_at + place
            span = (at, min(at + END_SIZE + comment, blob.size))
            ends = list(_zip64(blob, span))
            if (count, size, offset) not in [(e.count, e.size, e.offset) for e in ends]:
                ends.append(End(at, count, size, offset, (span,)))
            for end in ends:
                _resolve(blob, end, found)
        place = tail.rfind(END, 0, place)
    return list(found.values())


def _zip64(blob: Blob, end: tuple[int, int]) -> Iterator[End]:
    """Yield the zip64 end records that a locator in front of `end` leads to.

    A locator counts from the start of its archive, as all offsets do. Behind another archive of the
    same shape it leads to the record of that one, which has a locator of its own.
    """
    locator = max(end[0] - _LOCATOR.size, 0)
    raw = blob.read_at(locator, _LOCATOR.size)
    if len(raw) < _LOCATOR.size or not raw.startswith(LOCATOR64):
        return
    claimed, beside = _LOCATOR.unpack(raw)[2], locator - _END64.size
    own = _end64(blob, beside, locator, end)
    start = beside - own.size - own.offset if own is not None else 0
    if own is None or claimed + start != beside or not start or not _is_located(blob, claimed):
        other = _end64(blob, claimed, locator, end)
        if other is not None:
            yield other
    if own is not None and claimed != beside:
        yield own


def _end64(blob: Blob, at: int, locator: int, end: tuple[int, int]) -> End | None:
    raw = blob.read_at(at, _END64.size) if 0 <= at < locator else b""
    if len(raw) < _END64.size or not raw.startswith(END64):
        return None
    fields = _END64.unpack(raw)
    span = (at, min(at + 12 + fields[1], locator))
    return End(at, fields[7], fields[8], fields[9], (span, (locator, end[0]), end))


def _is_located(blob: Blob, at: int) -> bool:
    """Whether a zip64 record at `at` is that of a whole archive, which ends behind it."""
    behind = blob.read_at(at + _END64.size, _LOCATOR.size + 4)
    return behind.startswith(LOCATOR64) and behind.endswith(END)


def _is_ended(blob: Blob, start: int, limit: int) -> bool:
    """Whether the directory at `start` has an end record of its own before `limit`."""
    stop = start
    for header in read_central(blob, start, limit):
        stop = header.at + header.length
    return start < stop < limit and blob.read_at(stop, 4) in (END, END64)


def _resolve(blob: Blob, end: End, found: dict[int, Directory]) -> None:
    """Add the directories a record leads to, counted back from it and by the offset it states.

    Behind other archives of the same shape the offset leads to the directory of one of them, which
    has an end record of its own.
    """
    back = end.at - end.size
    empty = end.size == end.count == end.at == 0
    if back >= 0 and (empty or blob.read_at(back, 4) == CENTRAL):
        found.setdefault(back, Directory(back, back - end.offset, end))
    stated = end.offset <= end.at and blob.read_at(end.offset, 4) == CENTRAL
    if stated and (back not in found or not _is_ended(blob, end.offset, back)):
        found.setdefault(end.offset, Directory(end.offset, 0, end))
