"""The three views of a ZIP archive laid over one another: end records, directory, local headers.

What they say differently, what none of them describes and what only a local header tells of is
kept as anomalies and parts; nothing is left out because one view denies it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly
from modelassay.formats.zip.entry import Entry, Notes, Part, name_of
from modelassay.formats.zip.gaps import Gaps
from modelassay.formats.zip.members import Opened, open_member
from modelassay.formats.zip.records import (
    END_SIZE,
    STREAMED,
    Directory,
    Header,
    directories,
    read_central,
    read_local,
)
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_COMPARED_FLAGS: Final = 1 | 1 << 6 | 1 << 13  # encryption, strong encryption, masked headers
_MOST_DIRECTORIES: Final = 8
_UNSTATED: Final = (0, 0xFFFFFFFF)


class Archive:
    """All that the records of an archive say.

    `entries` are its members, those of the directory first; `anomalies` its lies; `parts` the bytes
    no record describes; `incomplete` why something of it could not be read. `known` are the place,
    name and size of each entry of a directory: several may lead to one member.
    """

    def __init__(self, blob: Blob, budget: Budget) -> None:
        self.blob = blob
        self.budget = budget
        self.entries: list[Entry] = []
        self.known: set[tuple[int, bytes, int]] = set()
        self.parts: list[Part] = []
        self.incomplete: list[str] = []
        self.notes = Notes()

    @property
    def anomalies(self) -> list[Anomaly]:
        """The lies of the records."""
        return self.notes.facts

    def open(self, entry: Entry) -> Opened:
        """Return the bytes of a member and what is wrong with them."""
        return open_member(self.blob, entry, self.budget)


def read(blob: Blob, budget: Budget) -> Archive:
    """Read the records of an archive. Raises `BudgetError` and `ReadError` alone.

    A file may hold several archives one behind the other, as PyTorch's distributed checkpoints do.
    """
    archive = Archive(blob, budget)
    spans: list[tuple[int, int]] = []
    volume = _read_volume(archive, directories(blob), spans)
    directed = volume is not None
    if not directed:
        archive.notes.add("zip-truncated", "there is no central directory", blob.size)
        archive.incomplete.append("the archive has no central directory")
    volumes = 0
    while volume is not None:
        volumes += 1
        budget.tick()
        volume = _read_volume(archive, directories(blob, volume), spans) if volume else None
    if volumes > 1:
        message = f"{volumes} archives stand one behind the other"
        archive.notes.add("zip-concatenated", message, 0, volumes)
    _lay_out(archive, spans, directed)
    return archive


def _read_volume(
    archive: Archive, found: list[Directory], spans: list[tuple[int, int]]
) -> int | None:
    """Read all directories of one archive; return where it begins, `None` if there is none."""
    known: list[Directory] = []
    start = 0
    first = len(archive.entries)
    extents = _Extents([])
    for directory in found:
        if known and (directory.stop <= start or extents.hold(directory)):
            continue
        if len(known) >= _MOST_DIRECTORIES:
            archive.incomplete.append("too many end records lead to directories")
            break
        spans += directory.end.records
        spans.append((directory.start, _read_directory(archive, directory)))
        _keep_comment(archive, directory)
        known.append(directory)
        entries = archive.entries[first:]
        starts = [entry.local.at for entry in entries if entry.local is not None]
        start = min(starts, default=directory.start)
        extents = _Extents(entries)
    if len(known) > 1:
        places = [directory.start for directory in known]
        message = f"end records lead to {len(known)} directories"
        archive.notes.add("zip-two-directories", message, known[0].end.at, *places)
    _note_duplicates(archive, archive.entries[first:])
    return start if known else None


def _keep_comment(archive: Archive, directory: Directory) -> None:
    comment = directory.end.records[-1][0] + END_SIZE
    if directory.stop > comment:
        archive.parts.append(Part(comment, directory.stop - comment, "tail"))


class _Extents:
    """Where the bytes of members lie, in order."""

    def __init__(self, entries: list[Entry]) -> None:
        spans = [(e.local.data, e.local.data + e.stored) for e in entries if e.local is not None]
        self.spans = sorted(spans)
        self.starts = [start for start, _ in self.spans]

    def hold(self, directory: Directory) -> bool:
        """Whether a directory is that of an archive stored as a member, which is read with it."""
        index = bisect_right(self.starts, directory.start) - 1
        return index >= 0 and directory.end.at < self.spans[index][1]


def _read_directory(archive: Archive, directory: Directory) -> int:
    """Add the entries of a directory and return where it ends."""
    end = directory.start
    count = 0
    for header in read_central(archive.blob, directory.start, directory.end.at):
        count += 1
        end = header.at + header.length
        header.local += directory.shift
        key = (header.local, header.name, header.stored)
        if key not in archive.known:
            archive.known.add(key)
            archive.entries.append(_locate(archive, header, directory.shift))
            _check_count(archive)
    claim = directory.end
    if claim.count not in (count, count & 0xFFFF):
        message = f"the end record counts {claim.count} members, the directory has {count}"
        archive.notes.add("zip-count", message, claim.at, claim.count, count)
    elif directory.start + claim.size != end:
        size = end - directory.start
        message = f"the end record claims a directory of {claim.size} bytes, it has {size}"
        archive.notes.add("zip-count", message, claim.at, claim.size, size)
    return end


def _check_count(archive: Archive) -> None:
    limit = archive.budget.limits.members
    if len(archive.entries) > limit:
        raise BudgetError("members", f"there are more than {limit} members")


def _locate(archive: Archive, header: Header, shift: int) -> Entry:
    """Find the local header of a central one, and compare them."""
    name = name_of(header)
    local = read_local(archive.blob, header.local, len(header.name))
    if local is None and shift:
        local = read_local(archive.blob, header.local - shift, len(header.name))
    entry = Entry(name, header, local)
    if local is None:
        message = f"{name!r} has no local header where the directory says"
        archive.notes.add("zip-no-local-header", message, header.at, name)
        archive.incomplete.append(f"the member {name!r} cannot be found")
    else:
        _compare(archive.notes, entry, local)
    return entry


def _compare(notes: Notes, entry: Entry, local: Header) -> None:
    header, name = entry.header, entry.name
    if local.name != header.name:
        other = name_of(local)
        message = f"the directory says {name!r}, the local header {other!r}"
        notes.add("zip-name-mismatch", message, local.at, name, other)
    differing = [
        field for field in ("method", "stored", "size", "crc") if _differs(header, local, field)
    ]
    for field in differing:
        said, here = getattr(header, field), getattr(local, field)
        message = f"the {field} of {name!r} is {said} in the directory, {here} in the local header"
        notes.add("zip-header-mismatch", message, local.at, name, field, said, here)
    if (local.flags ^ header.flags) & _COMPARED_FLAGS:
        message = f"{name!r} has flags {header.flags:#x} in the directory, {local.flags:#x} locally"
        notes.add("zip-flags", message, local.at, name, header.flags, local.flags)


def _differs(header: Header, local: Header, field: str) -> bool:
    """Whether two headers state a field differently; a streamed member's local one need not."""
    here = getattr(local, field)
    if local.flags & STREAMED and field != "method" and here in _UNSTATED:
        return False
    return bool(getattr(header, field) != here)


def _note_duplicates(archive: Archive, entries: list[Entry]) -> None:
    first: dict[bytes, Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.header.name, entry)
        if other is not entry:
            same = (other.header.crc, other.size) == (entry.header.crc, entry.size)
            message = f"{entry.name!r} stands in the archive more than once"
            how = "same" if same else "different"
            archive.notes.add("zip-duplicate", message, entry.header.at, entry.name, how)


def _lay_out(archive: Archive, spans: list[tuple[int, int]], directed: bool) -> None:
    """Go through the file in order: note what overlaps, search what no record describes."""
    places: list[tuple[int, int, Entry | None]] = [(start, end, None) for start, end in spans]
    places += [
        (entry.local.at, entry.local.data + entry.stored, entry)
        for entry in archive.entries
        if entry.local is not None
    ]
    places.sort(key=lambda place: place[:2])
    gaps = Gaps(archive.blob, archive.budget, archive.notes, directed)
    shared = position = 0
    last: Entry | None = None
    for start, end, entry in places:
        if start < position:
            shared += 1
            for sharing in (entry, last):
                if sharing is not None:
                    sharing.overlaps = True
        elif start > position:
            gaps.search(position, start, "gap" if position else "head", last)
        if end > position:
            position, last = end, entry
    if position < archive.blob.size:
        gaps.search(position, archive.blob.size, "tail" if position else "gap", last)
    archive.entries += gaps.entries
    for entry in archive.entries:
        if entry.local is not None and entry.local.data + entry.stored > archive.blob.size:
            message = f"{entry.name!r} goes beyond the end of the file"
            archive.notes.add("zip-truncated", message, entry.local.at, entry.name)
            archive.incomplete.append(f"the member {entry.name!r} is cut short")
    archive.parts += gaps.parts
    if shared:
        total = sum(entry.size for entry in archive.entries if entry.overlaps)
        size = archive.blob.size
        message = f"{shared} members share bytes with others; {total} bytes are claimed by them"
        archive.notes.add("zip-overlap", message, None, shared, total, size)
