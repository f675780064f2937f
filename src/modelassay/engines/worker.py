"""A worker: a process that reads the files it is handed, and tells what is in them."""

from __future__ import annotations

import gc
import os
import signal
import socket
import tempfile
from typing import NoReturn

import msgspec

from modelassay.core.outcome import Outcome, encode
from modelassay.engines import sandbox
from modelassay.engines.frames import Hello, Task, receive_task, send
from modelassay.io.blob import Blob, LocalFile, Spooled
from modelassay.kernel import Item, Scanner


def work(line: socket.socket, scanner: Scanner, scratch: str, protect: bool | None) -> NoReturn:
    """Read files until the supervisor has no more. Ends the process, never returns.

    `protect` is whether to give up what is not needed; `None` as far as the kernel allows it.
    """
    code = 1
    try:
        _settle(line, scanner, scratch)
        protections = sandbox.enter(scratch) if protect is not False else ()
        send(line, msgspec.msgpack.encode(Hello(protections)))
        while (not protect or sandbox.whole(protections)) and (
            received := receive_task(line)
        ) is not None:
            send(line, _read(scanner, *received))
        code = 0
    finally:
        os._exit(code)  # nothing of what was inherited is to be cleaned up twice


def _settle(line: socket.socket, scanner: Scanner, scratch: str) -> None:
    """Let go of what was inherited from the supervisor."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sandbox.stay_with_parent()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    kept = line.fileno()
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
    tempfile.tempdir = scratch
    sandbox.limit(scanner.options.limits.inflated)
    gc.freeze()


def _read(scanner: Scanner, task: Task, descriptor: int) -> bytes:
    def blob() -> Blob:
        if not task.spooled:
            return LocalFile(task.path, descriptor)
        size = os.fstat(descriptor).st_size
        return Spooled(os.fdopen(descriptor, "rb"), size)

    outcome = scanner.read(Item(task.path, blob, task.below))
    try:
        return encode(outcome)
    except RecursionError:  # facts nested deeper than can be told: the repository does without
        return encode(_bare(outcome))


def _bare(outcome: Outcome) -> Outcome:
    for kept in outcome.kept:
        kept.facts, kept.whole = (), False
    return outcome
