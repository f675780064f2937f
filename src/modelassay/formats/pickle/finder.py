"""Finding pickle streams that start where nobody said one would: behind junk, in padding, in gaps.

A candidate is a place that looks like the start of a stream, or like the opcodes that name a
global. It is taken only if the machine, run from there, meets a global with a plausible name and
then calls something or reads on to a STOP: words on lines of their own read as opcodes, too.
"""

from __future__ import annotations

import re
from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.formats.pickle.candidates import candidates
from modelassay.formats.pickle.machine import Machine
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_CHUNK: Final = 1 << 20
_OVERLAP: Final = 600
_TRIAL_OPS: Final = 50_000
#: What all trials of one search may take together, in opcodes, and for each byte searched. When the
#: first half is used up, few opcodes are left for each candidate; after the other the search ends.
_ALL_TRIALS: Final = 4_000_000
_TRIALS_BY_SIZE: Final = 1 / 64
_LAST_TRIAL_OPS: Final = 64
_TRIAL_COST: Final = 100
_TRIAL_LINE: Final = 1 << 16
_FEW_OPS: Final = 8
_SHORT: Final = 64
_FRAMED: Final = 11  # PROTO, FRAME and its length
#: A PROTO, an opcode behind it, and the one that ended the trial.
_ONE_MORE: Final = 2

_PLAUSIBLE: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*\Z")


def reads_as_stream(
    blob: Blob, budget: Budget, most_ops: int, longest_line: int = _TRIAL_LINE
) -> bool:
    """Whether `blob` starts with a stream, or with what the machine can run for `most_ops`."""
    head = blob.head(2)
    if head == b"PK":
        # PERSID: the start of a zip would be the id, and nobody's loader would answer it.
        return False
    announced = head[:1] == b"\x80" and len(head) == 2 and head[1] <= 5
    if announced and _is_framed(blob):
        return True
    # Behind a PROTO a few opcodes tell as much as many.
    most_ops = min(_FEW_OPS + 1, most_ops) if announced else most_ops
    machine = _try(blob, 0, budget, most_ops, longest_line)
    if is_credible(machine):
        return True
    if announced:
        # Two bytes are no proof: lengths and counts start so too.
        claims = machine.recorder.has_anomaly("claimed-length")
        short = blob.size <= _SHORT and machine.ops > _ONE_MORE
        return machine.error is None or claims or machine.ops > _FEW_OPS or short
    return machine.ops > 1 and (machine.stopped or machine.error is None)


def _is_framed(blob: Blob) -> bool:
    """Whether a frame behind the PROTO ends in a STOP: bytes of another kind do not by chance."""
    head = blob.head(_FRAMED)
    size = int.from_bytes(head[3:], "little")
    within = head[2:3] == b"\x95" and len(head) == _FRAMED and 0 < size <= blob.size - _FRAMED
    return within and blob.read_at(_FRAMED + size - 1, 1) == b"."


def is_credible(machine: Machine) -> bool:
    """Whether the machine met a global that can be one, and more than that.

    A line that is longer than a trial goes is as good as a trial that ends.
    """
    if not machine.recorder.calls and machine.error is not None and not machine.window.cut:
        return False
    return any(
        _PLAUSIBLE.match(module) and _PLAUSIBLE.match(name)
        for module, name in machine.recorder.imports
    )


def _try(
    blob: Blob, offset: int, budget: Budget, most_ops: int, longest_line: int = _TRIAL_LINE
) -> Machine:
    machine = Machine(blob, offset, budget, most_ops=most_ops, longest_line=longest_line)
    try:
        machine.run()
    except BudgetError as error:
        if error.limit == "seconds":
            raise
    return machine


class Finder:
    """Searches one blob. `thorough` tells whether all candidates were tried to the end."""

    def __init__(self, blob: Blob, budget: Budget) -> None:
        self.blob = blob
        self.budget = budget
        self.thorough = True
        self._left = _ALL_TRIALS + int(blob.size * _TRIALS_BY_SIZE)
        self._half = self._left // 2

    def find(self, start: int) -> int | None:
        """Return the first offset from `start` where a stream stands that names a global."""
        position = start
        while position < self.blob.size:
            self.budget.tick()
            chunk = self.blob.read_at(position, _CHUNK + _OVERLAP)
            for place in candidates(chunk):
                if place >= _CHUNK:
                    break
                if self._left <= 0:
                    self.thorough = False
                    return None
                if self._is_stream(position + place):
                    return position + place
            position += _CHUNK
        return None

    def _is_stream(self, offset: int) -> bool:
        most = _TRIAL_OPS if self._left > self._half else _LAST_TRIAL_OPS
        machine = _try(self.blob, offset, self.budget, most)
        self._left -= machine.ops + _TRIAL_COST
        credible = is_credible(machine)
        if most < _TRIAL_OPS and machine.ops >= most and not credible:
            self.thorough = False
        return credible


def find(blob: Blob, start: int, budget: Budget) -> int | None:
    """Return the first offset from `start` where a stream stands that names a global."""
    return Finder(blob, budget).find(start)
