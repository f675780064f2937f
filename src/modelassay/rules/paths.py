"""Where a path, a link or a reference in a file leads, on any system that may follow it.

Whoever opens it may decode, expand or simplify it first. So it is read in the way that leads
furthest: escapes of URLs are decoded, characters that programs or systems take for dots and slashes
are such, both slashes part, and a home, a variable or a drive stand for a place of the machine.

Sources: RFC 3986 (percent-encoding), RFC 8089 (`file:`), Unicode TR 36 and 15 (look-alikes),
"Naming Files, Paths, and Namespaces" of Windows (drives, shares, trailing dots and spaces).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

Destination: TypeAlias = Literal["inside", "climbing", "absolute", "share", "url"]

_LONGEST: Final = 8192
_PARTS: Final = re.compile(r"[/\\]")
_ABSOLUTE: Final = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_SCHEME: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]+:{1,2}){1,9}[/\\]|data:", re.IGNORECASE)
_FILE: Final = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]+:{1,2}){0,8}file:(?://localhost)?(?P<path>.*)", re.I | re.S
)
#: A share, also behind the marks of a device; of a `file:` URL, its host or two more slashes.
_SHARE: Final = re.compile(r"[/\\]{2}(?:[?.][/\\]UNC[/\\])?[^/\\?.]", re.IGNORECASE)
_HOME: Final = re.compile(r"~[^/\\]*(?:[/\\]|\Z)")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_VARIABLE: Final = re.compile(
    r"\$(?:env:)?[A-Z_][A-Z0-9_]*(?:[/\\]|\Z)|\$\{(?:env:)?[A-Z_][A-Z0-9_]*\}|%[A-Za-z_]\w*%"
)
_ENCODED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_ROUNDS: Final = 3
#: What no normal form has for a slash or a dot, but a file system, a font or a code page does.
_ALIKE: Final = str.maketrans(
    dict.fromkeys("\u2044\u2215\u29f8\u2571\u1735", "/")
    | dict.fromkeys("\u2216\u29f5\u29f9\u20e5\u2572\u00a5\u20a9", "\\")
    | dict.fromkeys("\u2024\u0701\u0702\ua4f8", ".")
)
#: Windows leaves out dots and spaces that end a part.
_DOTS: Final = re.compile(r"\.[. ]*\.[. ]*")

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


def plain(path: str) -> str:
    """Return a path as it is once all its spellings are undone."""
    path = path[:_LONGEST]
    for _ in range(_ROUNDS):
        if not _ENCODED.search(path) or _VARIABLE.match(path):
            break
        path = unquote(path, errors="replace")
    if not path.isascii():
        path = unicodedata.normalize("NFKC", path.translate(_ALIKE)).translate(_ALIKE)
        path = "".join(one for one in path if unicodedata.category(one) != "Cf")
    return path.lstrip("".join(map(chr, range(1, 33))))


def absolute(path: str) -> bool:
    """Whether a path starts at a root: of POSIX, a drive or a share of Windows."""
    return _ABSOLUTE.match(path) is not None


def at_home(path: str) -> bool:
    """Whether a path starts where the machine says: in a home, a variable or a drive's folder."""
    return any(one.match(path) for one in (_HOME, _VARIABLE, _DRIVE))


def parts(path: str) -> list[str] | None:
    """Return the parts of a relative path, `None` where it climbs above its start."""
    kept: list[str] = []
    for part in _PARTS.split(path):
        if climbs(part):
            if not kept:
                return None
            kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    return kept


def climbs(part: str) -> bool:
    """Whether a part of a path is the folder above."""
    return part.startswith(".") and _DOTS.fullmatch(part) is not None


def destination(target: str) -> Destination:
    """Return where `target` leads when a loader opens it. A `file:` URL is a path."""
    target = plain(target)
    if (file := _FILE.match(target)) is not None:
        path = file["path"]
        return "share" if _SHARE.match(path) or _SHARE.match(path[2:]) else "absolute"
    if _SHARE.match(target):
        return "share"
    if absolute(target) or at_home(target) or "\0" in target:
        return "absolute"
    if _SCHEME.match(target):
        return "url"
    return "inside" if parts(target) is not None else "climbing"


def escape(path: str) -> str | None:
    """Return how a path leads out of its folder, as a clause; `None` if it does not."""
    if "\0" in path:
        return "has a zero byte in it"
    return _ESCAPES.get(destination(path))
