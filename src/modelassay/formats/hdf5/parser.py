"""What an HDF5 file says, from its user block to what stands behind its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import Error, ReadError
from modelassay.core.facts import Anomaly, Executable, Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.formats.hdf5 import superblock, userblock
from modelassay.formats.hdf5.file import File, FormatError
from modelassay.formats.hdf5.objects import Objects
from modelassay.formats.hdf5.report import Reporter
from modelassay.io.blob import Blob

_EXECUTABLE: Final = ("elf", "pe", "mach-o")


def parse(source: Source) -> Iterator[Event]:
    """Yield the facts of the file, and what stands in front of and behind it."""
    base = superblock.find(source.blob)
    if base is None:
        yield Incomplete("there is no superblock")
        return
    file = File(source.blob, source.budget, base)
    if base:
        yield from _user_block(source.blob, base)
    try:
        block = superblock.read(file)
    except (ReadError, FormatError) as error:
        file.broken(error, "superblock")
        yield from file.events
        return
    yield Metadata(key="superblock version", value=Const(block.version), at=Location(base))
    yield from _read(file, block)
    yield from _tail(file, block)


def _read(file: File, block: superblock.Superblock) -> Iterator[Event]:
    """Yield what the objects say; what was found wrong is told even where the budget ends it."""
    objects = Objects(file)
    reporter = Reporter(file, objects)
    told = 0
    failure: Error | None = None
    try:
        objects.read_extension(block)
        if block.root is None:
            yield Incomplete("the file has no root group")
        else:
            for found in objects.walk(block.root):
                yield from reporter.events(found)
                yield from file.events[told:]
                told = len(file.events)
    except Error as error:
        failure = error
    yield from file.events[told:]
    yield from reporter.totals()
    if failure is not None:
        raise failure


def _user_block(blob: Blob, size: int) -> Iterator[Event]:
    kind = userblock.kind_of(blob.sub(0, size))
    if kind in _EXECUTABLE:
        yield Executable(type=kind, size=size, at=Location(0))
    message = f"{size} bytes stand in front of the superblock: {kind}"
    values = (Const(kind), Const(size))
    yield Anomaly(kind="hdf5-user-block", message=message, values=values, at=Location(0))
    if kind not in ("empty", "text"):
        yield Child("@0", blob.sub(0, size), role="head")


def _tail(file: File, block: superblock.Superblock) -> Iterator[Event]:
    """Yield what stands behind the end the superblock tells, or what is missing before it."""
    if block.end is None:
        return
    # The address of the end counts from the base the superblock claims, wherever it stands.
    end = block.end + file.base - (block.base or 0)
    size = file.blob.size
    if end > size:
        message = f"the file ends at {size}, its superblock says {end}"
        values = (Const(end), Const(size))
        yield Anomaly(kind="hdf5-truncated", message=message, values=values, at=Location(size))
        yield Incomplete(message)
    elif end < size:
        message = f"{size - end} bytes stand behind the end of the file"
        place = Location(end)
        size -= end
        yield Anomaly(kind="hdf5-trailing-bytes", message=message, values=(Const(size),), at=place)
        yield Child(f"@{end}", file.blob.sub(end), role="tail")
