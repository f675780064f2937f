"""Progress on standard error, for people who wait: only on a terminal, only for long work."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING

from modelassay.core.text import visible

if TYPE_CHECKING:
    from rich.status import Status

_PATIENCE = 1.0  # seconds before anything is shown


class Progress:
    """A context in which calls with the path being read show after a while what is going on.

    `files` is gone through to count them, once there is something to show: an estimate needs it.
    """

    def __init__(self, wanted: bool = True, files: Iterable[object] = ()) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._all = files
        self._total: int | None = None
        self._start = time.monotonic()
        self._files = 0
        self._path = ""
        self._status: Status | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(_PATIENCE, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Progress:
        if self._wanted:
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._wanted = False
            if self._status is not None:
                self._status.stop()

    def __call__(self, path: str) -> None:
        """Take note that `path` is read now."""
        self._files += 1
        self._path = path
        if self._status is not None:
            self._status.update(self._text())

    def _show(self) -> None:
        from rich.console import Console

        with self._lock:
            if self._wanted:
                console = Console(stderr=True, markup=False, highlight=False, emoji=False)
                self._status = console.status(self._text())
                self._status.start()
        self._count()

    def _count(self) -> None:
        total = 0
        for _ in self._all:
            if not self._wanted:
                return
            total += 1
        self._total = total

    def _text(self) -> str:
        from rich.markup import escape

        told = pace(self._files, self._total, time.monotonic() - self._start)
        return escape(f"{told}  {visible(self._path)}")


def pace(files: int, total: int | None, seconds: float) -> str:
    """Say how far a scan is after `seconds`: files of the total, if known, and what is left."""
    rate = files / max(seconds, 0.001)
    known = total is not None and files <= total
    parts = [f"{files:,} of {total:,} files" if known else f"{files:,} files"]
    parts.append(f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.1f} a second")
    if known and total and rate:
        left = int((total - files) / rate)
        parts.append(f"{left // 60}:{left % 60:02} left")
    return ", ".join(parts)
