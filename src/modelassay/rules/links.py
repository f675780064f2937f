"""The links of an archive, followed as a file system would once they are unpacked.

Source: POSIX.1-2017, 4.13, "Pathname Resolution".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from modelassay.rules.paths import absolute, climbs, parts, plain

_MOST: Final = 40  # links that Linux follows for one path
_PARTS: Final = re.compile(r"[/\\]")


class Tree:
    """Symbolic links by where they stand, each a name and a target."""

    def __init__(self, links: Iterable[tuple[str, str]]) -> None:
        self._targets = {tuple(parts(name) or ()): plain(target) for name, target in links}

    def leaves(self, path: str) -> bool:
        """Whether `path`, which starts in the folder, leads out of it by way of links."""
        reached: list[str] = []
        ahead = _PARTS.split(path)[::-1]
        followed = 0
        while ahead:
            part = ahead.pop()
            if climbs(part):
                if not reached:
                    return True
                reached.pop()
            elif part not in ("", "."):
                reached.append(part)
                target = self._targets.get(tuple(reached))
                if target is not None:
                    followed += 1
                    if absolute(target):
                        return True
                    if followed > _MOST:
                        return False
                    reached.pop()
                    ahead += _PARTS.split(target)[::-1]
        return False
