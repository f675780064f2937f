"""Where reports go: pairs of a format and a file, or standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
import msgspec

from modelassay import reports
from modelassay.core.errors import Error
from modelassay.core.report import Report
from modelassay.policy.decision import Decision
from modelassay.reports import View

STDOUT = "-"


class OutputError(Error):
    """A report cannot be written where it should go."""

    advice = "The scan itself is done. Choose another --output."


class Output(msgspec.Struct, frozen=True):
    """One report to write. Nothing is created before there is a report."""

    format: str
    path: str = STDOUT

    def write(self, report: Report, decision: Decision, *, verbose: bool, quiet: bool) -> None:
        """Write `report`. Raises `OutputError`."""
        view = view_of(self.path, verbose=verbose, quiet=quiet, decision=decision)
        put(reports.BY_ID[self.format].load().render(report, view), self.path)


def view_of(
    path: str, *, verbose: bool, quiet: bool = False, decision: Decision | None = None
) -> View:
    """Return how what is written to `path` is seen."""
    decision = decision or Decision()
    terminal = path == STDOUT and sys.stdout.isatty()
    width = _width() if terminal else 80
    return View(terminal=terminal, width=width, verbose=verbose, quiet=quiet, decision=decision)


def put(data: bytes, path: str = STDOUT) -> None:
    """Write `data` to a file or to standard output. Raises `OutputError`."""
    try:
        if path == STDOUT:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            with open(path, "wb") as file:
                file.write(data)
    except BrokenPipeError:
        _nobody_reads()
    except OSError as error:
        raise OutputError(f"cannot write {path!r}: {error.strerror}") from error


@contextmanager
def flow(path: str) -> Iterator[Callable[[bytes], None]]:
    """Give what writes to `path` bit by bit. Raises `OutputError`."""

    def write(data: bytes) -> None:
        try:
            file.write(data)
            file.flush()
        except BrokenPipeError:
            _nobody_reads()
        except OSError as error:
            raise OutputError(f"cannot write {path!r}: {error.strerror}") from error

    try:
        file = sys.stdout.buffer if path == STDOUT else open(path, "wb")
    except OSError as error:
        raise OutputError(f"cannot write {path!r}: {error.strerror}") from error
    try:
        yield write
    finally:
        if path != STDOUT:
            file.close()


def _nobody_reads() -> None:
    """Go on where whoever read the report has gone: the exit code still tells what was found."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _width() -> int:
    from shutil import get_terminal_size  # brings every codec of the standard library

    return get_terminal_size().columns


def pair(formats: tuple[str, ...], paths: tuple[str, ...]) -> list[Output]:
    """Pair the n-th format with the n-th path. Raises `click.UsageError` where that is unclear."""
    formats = formats or ("text",)
    paths = paths or (STDOUT,)
    if len(formats) != len(paths):
        raise click.UsageError(
            f"{len(formats)} --format and {len(paths)} --output: give each format its own output, "
            f"'{STDOUT}' for standard output."
        )
    if len(set(paths)) != len(paths):
        raise click.UsageError("Two reports cannot go to the same --output.")
    for path in paths:
        folder = os.path.dirname(path) or "."
        if path != STDOUT and (os.path.isdir(path) or not os.path.isdir(folder)):
            raise click.UsageError(f"--output {path!r} cannot be a file.")
    return [Output(name, path) for name, path in zip(formats, paths, strict=True)]
