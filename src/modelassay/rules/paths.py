"""Where a path, a link or a reference in a file leads, on any system that may follow it."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

Destination: TypeAlias = Literal["inside", "climbing", "absolute", "share", "url"]

_PARTS: Final = re.compile(r"[/\\]")
_ABSOLUTE: Final = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|data:", re.IGNORECASE)
_SHARE: Final = re.compile(r"[/\\]{2}[^/\\?.]")
_HOME: Final = re.compile(r"~[^/\\]*(?:[/\\]|\Z)")
_DRIVE: Final = re.compile(r"[A-Za-z]:")

#: A clause for each, to stand behind the target.
CLAUSES: Final[dict[Destination, str]] = {
    "inside": "beside the file",
    "climbing": "which leads out of the folder",
    "absolute": "at a place of the machine that loads it",
    "share": "on another machine",
    "url": "fetched from elsewhere",
}
_ESCAPES: Final[dict[Destination, str]] = {
    "climbing": "climbs out of the folder",
    "absolute": "is absolute",
    "share": "is absolute",
    "url": "is a URL",
}


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


def destination(target: str) -> Destination:
    """Return where `target` leads when a loader opens it. A `file:` URL is a path."""
    if target.lower().startswith("file:"):
        return "absolute"
    if _SHARE.match(target):
        return "share"
    if absolute(target) or _HOME.match(target) or _DRIVE.match(target) or "\0" in target:
        return "absolute"
    if _SCHEME.match(target):
        return "url"
    return "inside" if parts(target) is not None else "climbing"


def escape(path: str) -> str | None:
    """Return how a path leads out of its folder, as a clause; `None` if it does not."""
    if "\0" in path:
        return "has a zero byte in it"
    return _ESCAPES.get(destination(path))
