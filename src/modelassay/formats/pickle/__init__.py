"""Pickle: streams of opcodes that a virtual machine runs to build objects.

Source: `Lib/pickle.py`, `Lib/pickletools.py` and `Modules/_pickle.c` of CPython; PEP 307, 3154,
574. Reads every stream of a file, over padding and junk; joblib's raw arrays are told from
opcodes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Fact, Location, Opaque
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.formats.pickle.arrays import ArrayDialect
from modelassay.formats.pickle.bytecode import CodeDialect
from modelassay.formats.pickle.dialect import Dialect
from modelassay.formats.pickle.embedded import EmbeddedDialect
from modelassay.formats.pickle.finder import Finder, reads_as_stream
from modelassay.formats.pickle.frames import Lost, Spliced
from modelassay.formats.pickle.joblib import JoblibDialect
from modelassay.formats.pickle.machine import Machine
from modelassay.formats.pickle.window import LONGEST_LINE
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_TRIAL_OPS: Final = 1000
_MOST_READINGS: Final = 4
_PADDING: Final = b"\0 \t\r\n"


def identify(blob: Blob) -> bool:
    """Whether `blob` starts with a pickle stream, whole or cut short."""
    return reads_as_stream(blob, Budget(), _TRIAL_OPS, LONGEST_LINE)


def parse(source: Source) -> Iterator[Event]:
    """Yield the facts of every stream."""
    dialect = source.dialect if isinstance(source.dialect, Dialect) else None
    yield from read_streams(source.blob, 0, source.budget, dialect, source.deep)


def read_streams(
    blob: Blob,
    position: int,
    budget: Budget,
    dialect: Dialect | None = None,
    deep: bool = False,
) -> Iterator[Event]:
    """Yield the facts of every stream from `position` on, and what stands between them."""
    stream = 0
    finder = Finder(blob, budget)
    while position < blob.size:
        machine = yield from read_stream(
            blob, position, budget, dialect, stream, keeps_result=False, deep=deep
        )
        stream += 1
        if machine.stopped and machine.frame_end > machine.position:
            # A loader that reads from a file may go on behind the frame, or behind the STOP.
            message = "a frame goes on behind the STOP inside of it"
            at = Location(machine.position)
            yield Anomaly(kind="frame-straddle", message=message, at=at)
            yield Child(f"@{machine.position}", blob.sub(machine.position), role="tail")
            machine.position = machine.frame_end
        position = _skip_padding(blob, max(machine.position, position + 1))
        if position >= blob.size:
            break
        if machine.error is None and reads_as_stream(blob.sub(position), budget, _TRIAL_OPS):
            continue
        following = finder.find(position)
        end = blob.size if following is None else following
        yield from _between(blob, position, end - position)
        position = end
    if not finder.thorough:
        yield Incomplete("more places look like a pickle than can be tried")


def read_stream(
    blob: Blob,
    position: int,
    budget: Budget,
    dialect: Dialect | None = None,
    stream: int = 0,
    most_items: int = 64,
    keeps_result: bool = True,
    deep: bool = False,
) -> Generator[Event, None, Machine]:
    """Yield the facts of one stream and return the machine that ran it.

    With `deep`, also where the arrays in it lie.
    """
    arrays = (ArrayDialect(),) if deep else ()
    dialects = (dialect or JoblibDialect(), CodeDialect(), EmbeddedDialect(), *arrays)
    machine = Machine(blob, position, budget, dialects, stream, keeps_result=keeps_result)
    machine.most_items = most_items
    try:
        machine.run()
    finally:
        yield from machine.recorder.events
    if machine.lost is not None:
        yield from _other_reading(blob, position, budget, machine.lost, stream)
    if machine.error is not None:
        reason = str(machine.error)
        at = Location(machine.error.offset, f"op {machine.ops - 1}")
        yield Anomaly(kind="broken-stream", message=reason, at=at)
        yield Incomplete(f"the pickle stream is broken: {reason}")
    return machine


def _other_reading(
    blob: Blob, position: int, budget: Budget, lost: Lost, stream: int
) -> Iterator[Event]:
    """Yield what a loader that loses a part of a frame would meet behind it."""
    message = "an opcode goes past the end of its frame, which loaders read in two ways"
    yield Anomaly(kind="frame-straddle", message=message, at=Location(lost.offset))
    rest: Lost | None = lost
    for _ in range(_MOST_READINGS):
        if rest is None:
            return
        offset = rest.offset
        blob = Spliced(blob, rest.cut, rest.resume)
        machine = Machine(blob, position, budget, (CodeDialect(),), stream)
        machine.frames_from = rest.cut
        machine.run()
        for event in machine.recorder.events:
            if not isinstance(event, Fact) or (event.at.offset or 0) >= offset:
                yield event
        rest = machine.lost
    if rest is not None:
        yield Incomplete("too many opcodes go past the end of their frame")


def _skip_padding(blob: Blob, position: int) -> int:
    while position < blob.size:
        chunk = blob.read_at(position, 1 << 16)
        rest = chunk.lstrip(_PADDING)
        position += len(chunk) - len(rest)
        if rest:
            break
    return position


def _between(blob: Blob, offset: int, size: int) -> Iterator[Event]:
    """Yield the bytes that are no stream, for others to look at."""
    if size > 0:
        yield Opaque(size=size, role="tail", at=Location(offset))
        yield Child(f"@{offset}", blob.sub(offset, size), role="tail")
