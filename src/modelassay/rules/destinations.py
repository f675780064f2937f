"""Where a reference out of a file leads: beside it, out of its folder, to another machine."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from modelassay.rules.paths import absolute, parts

Destination: TypeAlias = Literal["inside", "climbing", "absolute", "share", "url"]

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://")
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


def destination(target: str) -> Destination:
    """Return where `target` leads when a loader opens it. A `file:` URL is a path."""
    if target.lower().startswith("file://"):
        return "absolute"
    if _URL.match(target):
        return "url"
    if _SHARE.match(target):
        return "share"
    if absolute(target) or _HOME.match(target) or _DRIVE.match(target) or "\0" in target:
        return "absolute"
    return "inside" if parts(target) is not None else "climbing"
