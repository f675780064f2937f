r"""The path of an artifact: the file, then each member in it behind a `!`, in names `\!`."""

from __future__ import annotations

import re
from typing import Final

_BETWEEN: Final = re.compile(r"(?<!\\)!")


def escape(name: str) -> str:
    """Return the name of a member as a path holds it."""
    return name.replace("!", "\\!")


def unescape(part: str) -> str:
    """Return the name that a part of a path stands for."""
    return part.replace("\\!", "!")


def split(path: str) -> list[str]:
    """Return the parts of a path, the file first, as they stand in it."""
    return _BETWEEN.split(path)
