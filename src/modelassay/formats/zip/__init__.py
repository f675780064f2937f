"""ZIP: the three views of an archive, every member any of them tells of, and the bytes between.

Source: PKWARE APPNOTE 6.3.10. A format that refines ZIP builds on this room::

    archive = read(source.blob, source.budget)
    yield from walk(archive, skip=..., dress=...)

and so yields all that ZIP would. `skip` may answer for a member that stands there plainly, so that
it is not read; `dress` may change the child of one that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

from modelassay.core.facts import Limit, Location, Member
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.formats.zip.archive import Archive, read
from modelassay.formats.zip.entry import Entry, Part
from modelassay.formats.zip.members import Opened
from modelassay.formats.zip.records import LOCAL, directories, read_central, read_local
from modelassay.io.blob import Blob
from modelassay.io.tar import is_member as is_tar_member

__all__ = ["Archive", "Entry", "Opened", "Part", "identify", "listings", "names", "parse"]
__all__ += ["read", "spans", "walk"]

Skip = Callable[[Entry], "Skipped | None"]
Dress = Callable[[Entry, Child], Child]

_SPLIT_MARKS = (b"PK00PK\3\4", b"PK\7\x08PK\3\4")
_LONGEST_LINK = 4096
#: Members that share bytes are allowed so many times less than others to grow.
_SHARED = 8
_SMALL = 1 << 20
_MOST_DIRECTORIES = 4
_MOST_KEPT = 100_000
_listed: WeakKeyDictionary[Blob, list[tuple[bytes, ...]]] = WeakKeyDictionary()


def identify(blob: Blob) -> bool:
    """Whether `blob` starts as an archive, or ends as one whose directory can be found."""
    head = blob.head(8)
    if head in _SPLIT_MARKS or (head.startswith(LOCAL) and read_local(blob, 0) is not None):
        return True
    found = spans(blob)
    if not found:
        return False
    start, stop = found[0]
    return not is_tar_member(blob, start, stop - start)


def spans(blob: Blob) -> list[tuple[int, int]]:
    """Return where each archive begins and ends whose directory an end record names."""
    return [(max(directory.shift, 0), directory.stop) for directory in directories(blob)]


def listings(blob: Blob) -> list[tuple[bytes, ...]]:
    """Return the names in each of the first directories of `blob`, none where it is no archive.

    Whatever builds on ZIP is recognised by them: they are read once for all such formats.
    """
    if (kept := _listed.get(blob)) is not None:
        return kept
    found = directories(blob)[:_MOST_DIRECTORIES] if identify(blob) else []
    listed = [tuple(h.name for h in read_central(blob, d.start, d.end.at)) for d in found]
    if sum(map(len, listed)) <= _MOST_KEPT:
        _listed[blob] = listed
    return listed


def names(blob: Blob) -> tuple[bytes, ...]:
    """Return the names in the directory that a reader would take, none where it is no archive."""
    listed = listings(blob)
    return listed[0] if listed else ()


def parse(source: Source) -> Iterator[Event]:
    """Yield every member, what the archive lies about, and the bytes no record describes."""
    yield from walk(read(source.blob, source.budget))


def walk(archive: Archive, skip: Skip | None = None, dress: Dress | None = None) -> Iterator[Event]:
    """Yield all events of an archive.

    `skip` is asked for each member that is `Entry.plain`; a `Skipped` it returns stands in for the
    child, and nothing of the member is read.
    """
    yield from archive.anomalies
    for reason in archive.incomplete:
        yield Incomplete(reason)
    grown = shared = 0
    excess: Limit | None = None
    for entry in archive.entries:
        skipped = skip(entry) if skip is not None and entry.plain else None
        if skipped is not None:
            yield _member(entry)
            yield skipped
        elif excess is not None and entry.size > _SMALL:
            yield _member(entry)
        else:
            for event in _opened(archive, entry, dress):
                if isinstance(event, Child) and not entry.plain:
                    grown += event.blob.size
                    shared += event.blob.size if entry.overlaps else 0
                yield event
            if excess is None and (excess := _excess(archive, grown, shared)) is not None:
                yield excess
    for part in archive.parts:
        yield Child(f"@{part.offset}", archive.blob.sub(part.offset, part.size), role=part.role)


def _excess(archive: Archive, grown: int, shared: int) -> Limit | None:
    """Say that members together grew too far; large ones are then left closed."""
    limits, size = archive.budget.limits, archive.blob.size
    if shared > limits.ratio_from // _SHARED:
        message = f"members that share bytes inflate to more than {shared} bytes"
    elif grown > max(limits.ratio_from, size * limits.ratio):
        message = f"members inflate from {size} bytes to more than {grown}"
    else:
        return None
    return Limit(name="ratio", message=message)


def _opened(archive: Archive, entry: Entry, dress: Dress | None) -> Iterator[Event]:
    opened = archive.open(entry)
    target = None
    if entry.type == "symlink":
        target = opened.blob.head(_LONGEST_LINK).decode("utf-8", "replace")
    yield _member(entry, target)
    for name in entry.aliases:
        yield Member(name=name, type=entry.type, at=Location(entry.header.at))
    yield from opened.events
    for blob in (opened.blob, *opened.others):
        if blob.size or entry.type == "file":
            child = Child(entry.name, blob, "gap" if opened.raw else "member", at=entry.data)
            yield dress(entry, child) if dress is not None else child


def _member(entry: Entry, target: str | None = None) -> Member:
    return Member(
        name=entry.name,
        type=entry.type,
        size=entry.size,
        stored=entry.stored,
        target=target,
        at=Location(entry.header.at),
    )
