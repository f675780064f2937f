"""The Python interface: `from modelassay import scan`."""

from __future__ import annotations

import os
from collections.abc import Callable

from modelassay import sources
from modelassay.core.report import Report
from modelassay.kernel import Options, Scanner


def scan(
    *targets: str | os.PathLike[str],
    options: Options | None = None,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Scan files and folders without loading them and return the report.

    `progress` is called with the path of each file before it is read. Nothing in a file makes this
    raise: what cannot be read stands in the report's artifacts and errors.
    """
    names = [os.fspath(target) for target in targets]
    scanner = Scanner(names, options)
    for name in names:
        for item in sources.items(name, include, exclude):
            if progress is not None:
                progress(item.path)
            scanner.scan(item)
    return scanner.finish()
