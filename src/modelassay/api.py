"""The Python interface: `from modelassay import scan`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from modelassay import sources
from modelassay.core.facts import Fact, Payload
from modelassay.core.report import Artifact, Report
from modelassay.formats.base import Elements, Source
from modelassay.io.blob import Blob
from modelassay.kernel import Options, Scanner


def scan(
    *targets: str | os.PathLike[str],
    options: Options | None = None,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    progress: Callable[[str], None] | None = None,
    observe: Callable[[Artifact, list[Fact]], None] | None = None,
    collect: Callable[[str, Payload, Blob], None] | None = None,
    attend: Callable[[Artifact, Source, Sequence[Elements]], None] | None = None,
) -> Report:
    """Scan files and folders without loading them and return the report.

    A target is a path, or `-` for standard input. `include` and `exclude` are globs for the files
    found below folders; a file that is named itself is always read. `progress` is called with the
    path of each file before it is read, `observe` with each artifact and the facts it holds,
    `collect` with the path of an artifact, a payload hidden in it, and bytes that start with it;
    `attend`, before `observe`, with each artifact, its bytes, and where its tensors lie in them.
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
    for name in names:
        for item in sources.items(name, kept, left):
            if progress is not None:
                progress(item.path)
            scanner.scan(item)
    return scanner.finish()
