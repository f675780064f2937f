"""Finding pickle streams that start where nobody said one would: behind junk, in padding, in gaps.

A candidate is a place that looks like the start of a stream, or like the opcodes that name a
global. It is taken only if the machine, run from there, reads a stream or a global with a
plausible name.
"""

from __future__ import annotations

import re
from typing import Final

from modelassay.formats.pickle.machine import Machine
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_CHUNK: Final = 1 << 20
_OVERLAP: Final = 600
_TRIAL_OPS: Final = 50_000
_FEW_OPS: Final = 8
_SHORT: Final = 64

_NAME: Final = rb"[A-Za-z_][\w.]{0,200}"
_CANDIDATE: Final = re.compile(
    rb"\x80[\x00-\x05][\x95(c\]})\x8cUXIKMJNS\x88\x89\x8f\x82-\x84CB\x8e\x8aGFVLPi]"
    rb"|\(?[ci]" + _NAME + rb"\r?\n" + _NAME + rb"\r?\n"
    # SHORT_BINUNICODE twice, perhaps memoized, then STACK_GLOBAL
    rb"|\x8c[\x01-\x80]" + _NAME + rb"(?:\x94|q.|r.{4})?\x8c[\x01-\x80]" + _NAME +
    rb"(?:\x94|q.|r.{4})?\x93",
    re.DOTALL,
)
_PLAUSIBLE: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*\Z")


def reads_as_stream(blob: Blob, budget: Budget, most_ops: int) -> bool:
    """Whether `blob` starts with a stream, or with what the machine can run for `most_ops`."""
    head = blob.head(2)
    if head == b"PK":
        # PERSID: the start of a zip would be the id, and nobody's loader would answer it.
        return False
    machine = Machine(blob, 0, budget, most_ops=most_ops)
    machine.run()
    if names_plausible(machine):
        return True
    if head[:1] == b"\x80" and len(head) == 2 and head[1] <= 5:
        # Two bytes are no proof: lengths and counts start so too.
        return machine.error is None or machine.ops > _FEW_OPS or blob.size <= _SHORT
    return machine.ops > 1 and (machine.stopped or machine.error is None)


def names_plausible(machine: Machine) -> bool:
    """Whether the machine met a global that can be one."""
    return any(
        _PLAUSIBLE.match(module) and _PLAUSIBLE.match(name)
        for module, name in machine.recorder.imports
    )


def find(blob: Blob, start: int, budget: Budget) -> int | None:
    """Return the first offset from `start` where a stream stands that names a global."""
    position = start
    while position < blob.size:
        budget.tick()
        chunk = blob.read_at(position, _CHUNK + _OVERLAP)
        for found in _CANDIDATE.finditer(chunk):
            if found.start() >= _CHUNK:
                break
            offset = position + found.start()
            machine = Machine(blob, offset, budget, most_ops=_TRIAL_OPS)
            machine.run()
            if names_plausible(machine):
                return offset
        position += _CHUNK
    return None
