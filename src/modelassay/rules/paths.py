"""Where the names and links of archive members lead, on any system that may unpack them."""

from __future__ import annotations

import re
from typing import Final

_PARTS: Final = re.compile(r"[/\\]")
_ABSOLUTE: Final = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|(file|data):", re.IGNORECASE)


def absolute(path: str) -> bool:
    """Whether a path starts at a root: of POSIX, a drive or a share of Windows."""
    return _ABSOLUTE.match(path) is not None


def parts(path: str) -> list[str] | None:
    """Return the parts of a relative path, `None` where it climbs above its start."""
    kept: list[str] = []
    for part in _PARTS.split(path):
        if part == "..":
            if not kept:
                return None
            kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    return kept


def escape(path: str) -> str | None:
    """Return how a path leads out of its folder, as a clause; `None` if it does not."""
    if "\0" in path:
        return "has a zero byte in it"
    if absolute(path):
        return "is absolute"
    if _SCHEME.match(path):
        return "is a URL"
    return "climbs out of the folder" if parts(path) is None else None
