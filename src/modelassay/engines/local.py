"""Files read by processes of this machine, which may die, hang or be taken over by what they read.

The supervisor opens each file and hands it to a worker. What a worker answers is decoded into typed
data or refused. Whatever ends a worker, the file that it was reading is `failed`, the files that
waited for it go to others, and another worker takes its place. Outcomes come in the order of the
files, so that the report is that of a scan in one process.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import socket
import tempfile
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import msgspec

from modelassay.core.errors import Error
from modelassay.core.outcome import Outcome, OutcomeError, decode
from modelassay.core.report import Artifact, Coverage, Problem
from modelassay.engines import sandbox
from modelassay.engines.frames import BrokenFrameError, Hello, Inbox, Task, send_task
from modelassay.engines.unit import Unit
from modelassay.engines.worker import work
from modelassay.io.blob import Blob, LocalFile, Spooled
from modelassay.kernel import Item, Scanner

_AHEAD: Final = 4  # files handed to a worker, so that it never waits for the next
_WINDOW: Final = 8192  # files that may be read before one in front of them is done
_PATIENCE: Final = 5.0  # seconds, and
_LENIENCE: Final = 1.1  # times what one file may take: past both, a worker hangs
_ADVICE: Final = "Scan it alone, perhaps with --max-seconds; nothing is known of what it holds."


class WorkerError(Error):
    """Workers cannot be started."""

    advice = "Scan with --jobs 1 --no-sandbox."


class _Worker:
    """One process and what it has to do."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self.line = line
        self.inbox = Inbox(line)
        self.tasks: deque[Unit] = deque()
        self.since = time.monotonic()
        self.protections: tuple[str, ...] | None = None
        self.why = ""  # it was stopped

    def stop(self, why: str = "") -> None:
        """End the process."""
        self.why = self.why or why
        os.kill(self.pid, signal.SIGKILL)

    def reap(self) -> str:
        """Say why the process ended, which it has or is about to."""
        self.line.close()
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if self.why:
            return self.why
        if code < 0:
            return f"the process that read it was ended by {signal.Signals(-code).name}"
        return f"the process that read it ended with exit code {code}"


class Local:
    """A supervisor of `jobs` workers.

    `protect` is whether each gives up what it does not need: `None` where the kernel allows it.
    `tell` is called once with what protects.
    """

    def __init__(
        self,
        scanner: Scanner,
        jobs: int,
        protect: bool | None = None,
        tell: Callable[[tuple[str, ...]], None] | None = None,
    ) -> None:
        self._scanner = scanner
        self._jobs = jobs
        self._protect = protect
        self._tell = tell
        self._longest = scanner.options.limits.seconds * _LENIENCE + _PATIENCE
        self._selector = selectors.DefaultSelector()
        self._workers: list[_Worker] = []
        self._done: dict[int, tuple[Unit, Outcome]] = {}
        self._again: deque[Unit] = deque()
        self._scratch = ""

    def run(self, units: Iterator[Unit]) -> Iterator[tuple[Unit, Outcome]]:
        """Yield each unit with what was read, in their order. Raises `WorkerError`."""
        self._scratch = tempfile.mkdtemp(prefix="modelassay-")
        try:
            for _ in range(self._jobs):
                self._start()
            yield from self._run(units)
        finally:
            for worker in self._workers:
                worker.stop()
                worker.reap()
            self._selector.close()
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _run(self, units: Iterator[Unit]) -> Iterator[tuple[Unit, Outcome]]:
        following = 0
        more = True
        while more or self._again or self._done or any(one.tasks for one in self._workers):
            while (more or self._again) and (worker := self._free(following)) is not None:
                unit = self._again.popleft() if self._again else next(units, None)
                if unit is None:
                    more = False
                else:
                    self._hand(unit, worker)
            if following not in self._done:
                self._wait()
            while following in self._done:
                yield self._done.pop(following)
                following += 1

    def _free(self, following: int) -> _Worker | None:
        """Return the worker with the least to do, if another file may be begun."""
        if not self._again and len(self._done) >= _WINDOW:
            return None
        worker = min(self._workers, key=lambda one: len(one.tasks))
        return worker if len(worker.tasks) < _AHEAD else None

    def _hand(self, unit: Unit, worker: _Worker) -> None:
        """Have a unit read: by a worker, or here where it is known or no file."""
        if unit.outcome is not None:
            self._done[unit.index] = unit, unit.outcome
            return
        try:
            blob = unit.item.open()
        except Error:
            blob = None  # told as any scan does
        descriptor = blob.descriptor() if blob is not None else None
        if blob is None or descriptor is None:
            self._done[unit.index] = unit, self._scanner.read(unit.item)
            return
        if not worker.tasks:
            worker.since = time.monotonic()
        worker.tasks.append(unit)
        unit.size = blob.size
        task = Task(unit.item.path, unit.item.below, isinstance(blob, Spooled))
        try:
            with suppress(OSError):  # it has ended, which is seen where answers are waited for
                send_task(worker.line, task, descriptor)
        finally:
            _close(blob)

    def _wait(self) -> None:
        """Take what workers have answered, and see to those that have ended or hang."""
        now = time.monotonic()
        ends = (one.since + self._longest for one in self._workers if one.tasks)
        for key, _ in self._selector.select(max(0.0, min(ends, default=now) - now)):
            worker: _Worker = key.data
            there = worker.inbox.receive()
            try:
                for message in worker.inbox.messages():
                    self._take(worker, message)
            except (BrokenFrameError, OutcomeError, msgspec.DecodeError) as error:
                worker.stop(f"the process that read it answered what it must not: {error}")
                there = False
            if not there:
                self._replace(worker)
        late = time.monotonic() - self._longest
        for worker in self._workers:
            if worker.tasks and worker.since < late and not worker.why:
                worker.stop(f"reading it took more than {self._longest:g} s")

    def _take(self, worker: _Worker, message: bytes) -> None:
        if worker.protections is None:
            self._greet(worker, msgspec.msgpack.decode(message, type=Hello))
            return
        if not worker.tasks:
            raise BrokenFrameError("an answer that nobody asked for")
        outcome = decode(message)
        _check(outcome, worker.tasks[0].item)
        unit = worker.tasks.popleft()
        worker.since = time.monotonic()
        self._done[unit.index] = unit, outcome

    def _greet(self, worker: _Worker, hello: Hello) -> None:
        worker.protections = hello.protections
        if self._protect and not sandbox.whole(hello.protections):
            has = ", ".join(hello.protections) or "nothing"
            raise sandbox.SandboxError(f"the kernel allows {has} of Landlock and seccomp")
        if self._tell is not None:
            self._tell(hello.protections)
            self._tell = None

    def _replace(self, worker: _Worker) -> None:
        """Put another in the place of a worker that has ended; the file it was reading is lost."""
        self._selector.unregister(worker.line)
        self._workers.remove(worker)
        why = worker.reap()
        if worker.protections is None:
            raise WorkerError(f"a worker ended before it began: {why}")
        if worker.tasks:
            lost = worker.tasks.popleft()
            self._done[lost.index] = lost, _failed(lost, why)
            self._again.extendleft(reversed(worker.tasks))
        self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            pid = _fork()
        except OSError as error:
            raise WorkerError(f"cannot start a worker: {error.strerror}") from error
        if pid == 0:
            work(theirs, self._scanner, self._scratch, self._protect)
        theirs.close()
        worker = _Worker(pid, ours)
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, worker)


def _fork() -> int:
    """Fork. Other threads that may run here hold nothing that a worker asks for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _check(outcome: Outcome, item: Item) -> None:
    """Refuse what tells of other files than the one that was read."""
    paths = (
        outcome.path,
        *(one.path for one in outcome.artifacts),
        *(one.artifact for one in outcome.findings),
        *(one.artifact for one in outcome.errors),
        *(one.artifact.path for one in outcome.kept),
    )
    for path in paths:
        if path != item.artifact and not path.startswith(f"{item.artifact}!"):
            raise OutcomeError("it tells of another file")


def _failed(unit: Unit, why: str) -> Outcome:
    path = unit.item.artifact
    return Outcome(
        path,
        artifacts=[Artifact(path, None, "failed", unit.size, reason=why)],
        errors=[Problem(path, why, _ADVICE)],
        coverage=Coverage(files=1, bytes_total=unit.size),
    )


def _close(blob: Blob) -> None:
    if isinstance(blob, LocalFile):
        blob.close()
