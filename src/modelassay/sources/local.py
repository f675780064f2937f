"""Files and folders of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial

from modelassay.io.blob import LocalFile
from modelassay.kernel import Item


def items(target: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> Iterator[Item]:
    """Yield a file, or every file below a folder in the order of their names.

    Links to files are followed, and links to folders once, as caches of models are made of them.
    `include` and `exclude` are globs over the path below the folder or the name alone.
    """
    if not os.path.isdir(target):
        yield Item(target, partial(LocalFile, target))
        return
    for path in _walk(target):
        below = os.path.relpath(path, target).replace(os.sep, "/")
        if (not include or _matches(below, include)) and not _matches(below, exclude):
            yield Item(path, partial(LocalFile, path))


def _walk(folder: str) -> Iterator[str]:
    seen: set[tuple[int, int]] = set()
    for root, folders, files in os.walk(folder, followlinks=True, onerror=None):
        status = os.stat(root)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        for name in sorted(files):
            yield os.path.join(root, name)


def _matches(below: str, globs: tuple[str, ...]) -> bool:
    name = below.rpartition("/")[2]
    return any(fnmatchcase(below, glob) or fnmatchcase(name, glob) for glob in globs)
