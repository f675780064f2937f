"""Bytes of an archive that its directory does not describe: descriptors, padding, hidden members.

Sources: APPNOTE 4.3.9 (data descriptor); Android's APK Signature Scheme v2 (the signing block in
front of the central directory) and its zip padding (a local header without name and data).
"""

from __future__ import annotations

import re
from typing import Final

from modelassay.formats.zip.entry import Entry, Notes, Part, Role, name_of
from modelassay.formats.zip.methods import METHODS
from modelassay.formats.zip.records import (
    CENTRAL,
    DESCRIPTOR,
    LOCAL,
    STREAMED,
    Header,
    read_central,
    read_local,
)
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_CHUNK: Final = 1 << 20
_APK_MAGIC: Final = b"APK Sig Block 42"
_HEADERS: Final = re.compile(re.escape(LOCAL) + b"|" + re.escape(CENTRAL))
_LONGEST_NAME: Final = 4096
_NEWEST: Final = 63  # the highest version of the specification a reader may need
_MOST_HIDDEN: Final = 100_000


class Gaps:
    """What was found in the gaps. `directed` is false where there is no directory at all."""

    def __init__(self, blob: Blob, budget: Budget, notes: Notes, directed: bool) -> None:
        self.blob = blob
        self.budget = budget
        self.notes = notes
        self.directed = directed
        self.entries: list[Entry] = []
        self.parts: list[Part] = []

    def search(self, start: int, end: int, role: Role, before: Entry | None) -> None:
        """Look for members from `start` to `end`, behind the member `before`."""
        end = min(end, self.blob.size)
        if before is not None:
            start += self._descriptor(start, end, before.header)
        rest = start
        while (place := self._find(_HEADERS, start, end)) is not None:
            start = self._record(place, end, rest, role)
            if start > place + 1:
                rest = start
        self._leave(rest, end, role)

    def _record(self, place: int, end: int, rest: int, role: Role) -> int:
        """Read the record at `place`; return where to go on, `place + 1` if it is none."""
        if self.blob.read_at(place, 4) == CENTRAL:
            stop = place + 1
            for central in read_central(self.blob, place, end):
                stop = central.at + central.length
            if self.directed or stop == place + 1:
                return place + 1
            self._leave(rest, place, role)
            return stop
        header = read_local(self.blob, place)
        if header is None or not self._plausible(header, end):
            return place + 1
        self._leave(rest, place, role)
        return self._member(header, end)

    def _plausible(self, header: Header, end: int) -> bool:
        return (
            header.data <= end
            and self.blob.read_at(header.at + 4, 1)[0] <= _NEWEST
            and header.method in METHODS
            and len(header.name) <= _LONGEST_NAME
        )

    def _member(self, header: Header, end: int) -> int:
        """Take a member that only its local header tells of; return where it ends."""
        if header.flags & STREAMED and header.stored in (0, 0xFFFFFFFF):
            self._measure(header, end)
        stop = min(header.data + header.stored, end)
        padding = not header.name and not header.stored
        if not padding and len(self.entries) < _MOST_HIDDEN:
            entry = Entry(name_of(header), header, header, hidden=self.directed)
            self.entries.append(entry)
            if self.directed:
                message = f"{entry.name!r} stands in no directory"
                self.notes.add("zip-hidden-member", message, header.at, entry.name)
        return stop + self._descriptor(stop, end, header)

    def _measure(self, header: Header, end: int) -> None:
        """Find where a streamed member ends: at a descriptor that tells its very length."""
        position = header.data
        while (place := self._find(_DESCRIPTOR, position, end)) is not None:
            raw = self.blob.read_at(place, 24)
            length = place - header.data
            for width in (4, 8):
                if int.from_bytes(raw[8 : 8 + width], "little") == length:
                    header.crc = int.from_bytes(raw[4:8], "little")
                    header.size = int.from_bytes(raw[8 + width : 8 + 2 * width], "little")
                    header.stored = length
                    return
            position = place + 1
        following = self._find(_HEADERS, header.data, end)
        header.stored = (end if following is None else following) - header.data

    def _descriptor(self, start: int, end: int, header: Header) -> int:
        """Return the size of the data descriptor at `start`, 0 if there is none."""
        if not header.flags & STREAMED or end - start < 12:
            return 0
        raw = self.blob.read_at(start, min(end - start, 24))
        signed = 4 if raw.startswith(DESCRIPTOR) else 0
        crc = header.crc.to_bytes(4, "little")
        if raw[signed : signed + 4] != crc:
            return 0
        for width in (8, 4):
            sizes = header.stored.to_bytes(8, "little")[:width]
            sizes += header.size.to_bytes(8, "little")[:width]
            if raw[signed + 4 : signed + 4 + 2 * width] == sizes:
                return signed + 4 + 2 * width
        return 0

    def _find(self, pattern: re.Pattern[bytes], start: int, end: int) -> int | None:
        while start < end:
            self.budget.tick()
            chunk = self.blob.read_at(start, min(_CHUNK, end - start))
            found = pattern.search(chunk)
            if found:
                return start + found.start()
            start += max(len(chunk) - 3, 1) if start + len(chunk) < end else len(chunk) or end
        return None

    def _leave(self, start: int, end: int, role: Role) -> None:
        """Keep bytes that are no record, unless they are all zero."""
        if start >= end or self._zero(start, end):
            return
        self.parts.append(Part(start, end - start, role))
        if self.directed and not self._signing_block(start, end):
            kind = {"head": "zip-prefix", "gap": "zip-gap", "tail": "zip-suffix"}[role]
            message = f"{end - start} bytes belong to no record of the archive"
            self.notes.add(kind, message, start, end - start)

    def _zero(self, start: int, end: int) -> bool:
        for offset in range(start, end, _CHUNK):
            if self.blob.read_at(offset, min(_CHUNK, end - offset)).strip(b"\0"):
                return False
        return True

    def _signing_block(self, start: int, end: int) -> bool:
        size = (end - start - 8).to_bytes(8, "little", signed=True)
        foot = self.blob.read_at(max(end - 24, start), min(24, end - start))
        return foot == size + _APK_MAGIC and self.blob.read_at(start, 8) == size


_DESCRIPTOR: Final = re.compile(re.escape(DESCRIPTOR))
