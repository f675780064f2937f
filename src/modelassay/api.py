"""The Python interface: `from modelassay import scan`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from modelassay import engines, sources
from modelassay.core.facts import Fact, Payload
from modelassay.core.report import Artifact, Report
from modelassay.formats.base import Elements, Source
from modelassay.io.blob import Blob
from modelassay.kernel import Item, Options, Scanner


def scan(
    *targets: str | os.PathLike[str],
    options: Options | None = None,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    progress: Callable[[str], None] | None = None,
    observe: Callable[[Artifact, list[Fact]], None] | None = None,
    collect: Callable[[str, Payload, Blob], None] | None = None,
    attend: Callable[[Artifact, Source, Sequence[Elements]], None] | None = None,
    work: engines.Work | None = None,
) -> Report:
    """Scan files and folders without loading them and return the report.

    A target is a path, or `-` for standard input. `include` and `exclude` are globs for the files
    found below folders; a file that is named itself is always read. `progress` is called with the
    path of each file before it is read, `observe` with each artifact and the facts it holds,
    `collect` with the path of an artifact, a payload hidden in it, and bytes that start with it;
    `attend`, before `observe`, with each artifact, its bytes, and where its tensors lie in them.
    `work` tells what processes read files; for `observe` and the like it is always this one.
    Nothing in a file makes this raise: what cannot be read stands in the report's artifacts and
    errors. Raises `TypeError` without a target.
    """
    scanner = _scanner(targets, options, observe)
    scanner.collect = collect
    scanner.attend = attend
    told = any(one is not None for one in (observe, collect, attend))
    chosen = engines.Work() if told or work is None else work
    items = _items(scanner, tuple(include), tuple(exclude), progress)
    for item, outcome in engines.outcomes(scanner, items, chosen):
        scanner.add(outcome, item)
    return scanner.finish()


def stream(
    *targets: str | os.PathLike[str],
    options: Options | None = None,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    progress: Callable[[str], None] | None = None,
    work: engines.Work | None = None,
) -> Iterator[Report]:
    """Scan as `scan` does, and yield the report in parts while it is made.

    Each part has some artifacts, findings and errors that no other has; `verdict`, `complete` and
    `coverage` of the last one are those of the whole scan. Memory does not grow with findings.
    """
    from modelassay.streaming import Stream

    scanner = _scanner(targets, options)
    parts = Stream(scanner)
    items = _items(scanner, tuple(include), tuple(exclude), progress)
    for item, outcome in engines.outcomes(scanner, items, work or engines.Work()):
        yield parts.take(outcome, item)
    yield parts.finish()


def found(
    targets: Iterable[str | os.PathLike[str]], include: Iterable[str], exclude: Iterable[str]
) -> Iterator[str]:
    """Yield the paths of the files that a scan would read. Standard input is not read for it."""
    kept, left = tuple(include), tuple(exclude)
    for target in targets:
        for item in sources.items(os.fspath(target), kept, left):
            yield item.path


def _scanner(
    targets: Iterable[str | os.PathLike[str]],
    options: Options | None,
    observe: Callable[[Artifact, list[Fact]], None] | None = None,
) -> Scanner:
    names = [os.fspath(target) for target in targets]
    if not names:
        raise TypeError("a scan needs at least one target")
    return Scanner(names, options, observe)


def _items(
    scanner: Scanner,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    progress: Callable[[str], None] | None,
) -> Iterator[Item]:
    for name in scanner.report.target:
        for item in sources.items(name, include, exclude):
            if progress is not None:
                progress(item.path)
            yield item
