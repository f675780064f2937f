"""Files and folders of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import partial
from typing import NoReturn

from modelassay.core.errors import SourceError
from modelassay.io.blob import LocalFile
from modelassay.kernel import Item

_Test = Callable[[str], bool]


def items(target: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> Iterator[Item]:
    """Yield a file, or every file below a folder in the order of their names.

    Links to files are followed, and links to folders once, as caches of models are made of them.
    `include` and `exclude` are globs over the path below the folder, or the name alone; what is
    below an excluded folder is excluded. A folder that cannot be listed is an item that cannot be
    opened, because nobody knows what is in it.
    """
    if not os.path.isdir(target):
        yield Item(target, partial(LocalFile, target))
        return

    def excluded(path: str) -> bool:
        return bool(exclude) and _matches(os.path.relpath(path, target), exclude)

    for item in _walk(target, excluded):
        if not include or _matches(os.path.relpath(item.path, target), include):
            yield item


def _walk(folder: str, excluded: _Test) -> Iterator[Item]:
    """Yield the files of `folder`, then those of the folders in it, without recursion."""
    pending = [folder]
    seen: set[tuple[int, int]] = set()
    while pending:
        folder = pending.pop()
        try:
            status = os.stat(folder)
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield Item(folder, partial(_refuse, folder, error))
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        folders = []
        for entry in entries:
            if excluded(entry.path):
                continue
            if _is_folder(entry):
                folders.append(entry.path)
            else:
                yield Item(entry.path, partial(LocalFile, entry.path), below=True)
        pending.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link to itself
        return False


def _refuse(folder: str, error: OSError) -> NoReturn:
    raise SourceError(f"cannot list {folder!r}: {error.strerror}") from error


def _matches(below: str, globs: tuple[str, ...]) -> bool:
    below = below.replace(os.sep, "/")
    name = below.rpartition("/")[2]
    return any(fnmatchcase(below, glob) or fnmatchcase(name, glob) for glob in globs)
