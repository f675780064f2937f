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
    if not targets:
        raise TypeError("scan() needs at least one target")
    names = [os.fspath(target) for target in targets]
    kept, left = tuple(include), tuple(exclude)
    scanner = Scanner(names, options, observe)
    scanner.collect = collect
    scanner.attend = attend
    told = any(one is not None for one in (observe, collect, attend))
    for item, outcome in engines.outcomes(
        scanner, _items(names, kept, left, progress), (not told and work) or engines.Work()
    ):
        scanner.add(outcome, item)
    return scanner.finish()


def _items(
    names: Iterable[str],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    progress: Callable[[str], None] | None,
) -> Iterator[Item]:
    for name in names:
        for item in sources.items(name, include, exclude):
            if progress is not None:
                progress(item.path)
            yield item
