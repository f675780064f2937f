"""Regular expressions that are compiled where they are first used.

There are tables of them, and most scans use few: each compiled at import would cost every start.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Later:
    """Stands for a pattern, and turns into the methods of it that are asked for."""

    def __init__(self, source: Any, flags: int) -> None:
        self._given = source, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


def later(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, to be called upon but not to be passed to `re`."""
    return cast("re.Pattern[AnyStr]", _Later(source, flags))
