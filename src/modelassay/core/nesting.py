r"""The path of an artifact: the file, then each member in it behind a `!`.

A `!` in a name is written `\!`, and backslashes before it, or at the end of a name, are doubled: so
no name is taken for a path, and paths without a `!` stay as they are.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from modelassay.core.pattern import later

_MARK: Final = later(r"(\\*)!")
_ENDING: Final = later(r"(\\+)(!|\Z)")
_STEP: Final = later(r"\\+!?|[/!]")


def escape(name: str) -> str:
    """Return the name of a file or member as a path holds it."""
    if "!" in name:
        name = _MARK.sub(r"\1\1\\!", name)
    return name + name[len(name.rstrip("\\")) :]


def unescape(part: str) -> str:
    """Return the name that a part of a path stands for."""
    return _ENDING.sub(lambda found: found[1][: len(found[1]) // 2] + found[2], part)


def split(path: str) -> list[str]:
    """Return the parts of a path, the file first, as they stand in it."""
    ends = [found.end() for found in _MARK.finditer(path) if not _escaped(found[0])]
    return [path[a : b - 1] for a, b in pairwise([0, *ends, len(path) + 1])]


def outer(path: str) -> str:
    """Return the file on disk that a path leads into."""
    return unescape(split(path)[0])


def inner(path: str) -> str:
    """Return the way from that file to the member, empty for the file itself."""
    return "!".join(split(path)[1:])


def folder(path: str) -> str:
    """Return the path of what a file or member stands in, with the mark that ends it."""
    ends = (found.end() for found in _STEP.finditer(path) if not _escaped(found[0]))
    return path[: max(ends, default=0)]


def name(path: str) -> str:
    """Return the name of a file or member, without the folders that it stands in."""
    return unescape(path[len(folder(path)) :])


def _escaped(mark: str) -> bool:
    """Whether a `!` behind backslashes is part of a name."""
    return mark.endswith("!") and len(mark) % 2 == 0
