"""tar: every member, also behind damage and behind the end of the archive.

Sources: see `header` and `sparse`. Where readers disagree on what follows a header, the walk goes
on at the next block, so that what any of them would read is seen.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Member
from modelassay.core.values import Const, Scalar
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.formats.tar.header import (
    BODILESS,
    EXTENSIONS,
    Header,
    Pax,
    decode,
    member,
    plausible,
    read_pax,
)
from modelassay.formats.tar.sparse import Holed, find_map
from modelassay.io.blob import Blob
from modelassay.io.tar import BLOCK

_CHUNK: Final = 1 << 20
_LONGEST_EXTENSION: Final = 1 << 20
_EIGHT_GIB: Final = 8 << 30
_LARGEST_HOLED: Final = 1 << 30
_ZERO: Final = bytes(BLOCK)


def identify(blob: Blob) -> bool:
    """Whether `blob` starts with a header whose checksum holds."""
    return plausible(blob.head(BLOCK))


def parse(source: Source) -> Iterator[Event]:
    """Yield every member, and what the archive lies about."""
    yield from _Walk(source).run()


class _Walk:
    """The walk over an archive, block after block."""

    def __init__(self, source: Source) -> None:
        self.blob = source.blob
        self.budget = source.budget
        self.position = 0
        self.shared: Pax = {}
        self.ended = False
        self._forget()

    def _forget(self) -> None:
        """Drop what the records in front of a member said of it."""
        self.pax: Pax = {}
        self.ordered: list[tuple[bytes, bytes]] = []
        self.name: bytes | None = None
        self.link: bytes | None = None

    def run(self) -> Iterator[Event]:
        """Walk to the end of the file."""
        while self.position < self.blob.size:
            self.budget.tick()
            block = self.blob.read_at(self.position, BLOCK)
            header = decode(block, self.position)
            if header is None:
                yield from self._resume(block)
                continue
            if self.ended:
                message = "members follow behind the end of the archive"
                yield _anomaly("tar-behind-end", message, self.position)
                self.ended = False
            self.position += BLOCK
            if header.flag in EXTENSIONS:
                yield from self._extension(header)
            else:
                yield from self._member(header)
        if not self.ended:
            yield _anomaly("tar-no-end", "the archive has no end", self.position)

    def _resume(self, block: bytes) -> Iterator[Event]:
        """Go on at the next header, and hand on what is between if it is not zero."""
        start = self.position
        self._forget()
        self.position = self._next_header(start + len(block))
        ended = self.ended = self.ended or block == _ZERO[: len(block)]
        if self._zero(start, self.position):
            return
        last = self.position >= self.blob.size
        self.ended = ended or (last and self._zero(max(self.position - BLOCK, 0), self.position))
        size = self.position - start
        if ended:
            message = f"{size} bytes behind the end of the archive"
            yield _anomaly("tar-suffix", message, start, size)
        else:
            message = f"{size} bytes where a header should stand are none"
            yield _anomaly("tar-header", message, start, size)
            yield Incomplete("a header of the archive is broken")
        yield Child(f"@{start}", self.blob.sub(start, size), role="tail" if last else "gap")

    def _next_header(self, start: int) -> int:
        for offset in range(start, self.blob.size, _CHUNK):
            self.budget.tick()
            chunk = self.blob.read_at(offset, _CHUNK)
            if not chunk.strip(b"\0"):
                continue
            for place in range(0, len(chunk), BLOCK):
                block = chunk[place : place + BLOCK]
                if block[148:149] in b" 01234567" and plausible(block):
                    return offset + place
        return self.blob.size

    def _zero(self, start: int, end: int) -> bool:
        for offset in range(start, end, _CHUNK):
            if self.blob.read_at(offset, min(_CHUNK, end - offset)).strip(b"\0"):
                return False
        return True

    def _extension(self, header: Header) -> Iterator[Event]:
        """Take a record that says something of the member behind it."""
        size = header.size or 0
        if header.size is None or not 0 <= size <= _LONGEST_EXTENSION:
            yield _anomaly("tar-header", f"a record claims {header.size} bytes", header.at)
            yield Incomplete("a record of the archive is broken")
            return
        data = self.blob.read_at(self.position, size)
        self.position += _blocks(size)
        if len(data) < size:
            yield from _truncated(header.at, "a record")
        if header.flag == b"L":
            self.name = data.split(b"\0", 1)[0]
        elif header.flag == b"K":
            self.link = data.split(b"\0", 1)[0]
        else:
            records, ordered, whole = read_pax(data)
            if header.flag == b"g":
                self.shared |= records
            else:
                self.pax, self.ordered = records, ordered
            if not whole:
                yield _anomaly("tar-header", "a pax record is broken", header.at)

    def _member(self, header: Header) -> Iterator[Event]:
        pax = self.shared | self.pax
        name = pax.get(b"path") or self.name or header.name
        name = pax.get(b"GNU.sparse.name") or name
        link = pax.get(b"linkpath") or self.link or header.link
        size = yield from self._size(header, pax, name)
        stored = 0 if header.type in BODILESS else size
        body = self.blob.sub(self.position, stored)
        child, real, skipped = yield from self._content(header, pax, body, stored)
        yield _placed(member(header, name, link, real), header)
        if header.other_name is not None:
            yield _placed(member(header, header.other_name, link, real), header)
        left = self.blob.size - self.position - skipped
        if stored > left:
            yield from _truncated(header.at, repr(name.decode("utf-8", "replace")))
        if header.type in ("file", "other"):
            yield Child(name.decode("utf-8", "replace"), child)
        self.position += skipped + _blocks(stored)
        self._forget()

    def _size(self, header: Header, pax: Pax, name: bytes) -> Generator[Event, None, int]:
        """Return the size of a member's body, and tell where readers would disagree on it."""
        size = header.size if header.size is not None else -1
        shown = name.decode("utf-8", "replace")
        stated = pax.get(b"size", b"")
        if stated.isdigit() and len(stated) < 20 and int(stated) != size:
            if size or int(stated) < _EIGHT_GIB:
                message = f"{shown!r} has {size} bytes by its header, {int(stated)} by a record"
                yield _anomaly("tar-size", message, header.at, shown, size, int(stated))
            size = int(stated)
        if size < 0:
            message = f"the size of {shown!r} is no number"
            yield _anomaly("tar-size", message, header.at, shown)
            yield Incomplete(f"the size of {shown!r} cannot be told")
            return 0
        if size and header.type in BODILESS:
            message = f"{shown!r} is a {header.type} of {size} bytes"
            yield _anomaly("tar-size", message, header.at, shown, 0, size)
        return size

    def _content(
        self, header: Header, pax: Pax, body: Blob, stored: int
    ) -> Generator[Event, None, tuple[Blob, int, int]]:
        """Return the bytes of a member, their number, and the bytes of a map behind its header."""
        behind = self.blob.sub(self.position)
        layout = find_map(header, pax, self.ordered, body, behind)
        if layout is None:
            return body, stored, 0
        skipped = layout.skip if header.flag == b"S" else 0
        start = self.position + layout.skip
        pieces = self.blob.sub(start, stored - (0 if skipped else layout.skip))
        if layout.error is not None:
            yield _anomaly("tar-sparse", f"a sparse member: {layout.error}", header.at)
            yield Incomplete(layout.error)
            return pieces, stored, skipped
        if layout.size > _LARGEST_HOLED:
            message = f"a sparse member of {stored} bytes becomes {layout.size}"
            yield _anomaly("sparse-size", message, header.at, stored, layout.size)
            return pieces, layout.size, skipped
        return Holed(pieces, layout), layout.size, skipped


def _placed(fact: Member, header: Header) -> Member:
    fact.at = Location(header.at)
    return fact


def _blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _truncated(at: int, what: str) -> Iterator[Event]:
    yield _anomaly("tar-truncated", f"{what} is cut short", at)
    yield Incomplete(f"{what} is cut short")


def _anomaly(kind: str, message: str, at: int, *values: Scalar) -> Anomaly:
    constants = tuple(Const(value) for value in values)
    return Anomaly(kind=kind, message=message, values=constants, at=Location(at))
