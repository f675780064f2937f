"""A member that would be unpacked outside of its folder.

What
----
The name of an archive member is absolute, names a drive or a share, climbs with `..`, or holds a
zero byte or more characters than a path may have, at which programs cut it or give up checking
it.

Names are read as in [references](../reference/references.md): with escapes of URLs, look-alikes of
dots and slashes, homes, variables and drives.

Why
---
A program that unpacks by name writes the member where its name leads: over a start-up file, into
a folder of code, or over another model. Archives of models are unpacked by many loaders, not all
of which check names. No honest tool writes such a name.

Remediation
-----------
Do not unpack the archive. If you must, use a tool that refuses such names, in an empty folder.

References
----------
- https://cwe.mitre.org/data/definitions/22.html
- https://docs.python.org/3/library/tarfile.html#extraction-filters
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Member
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import absolute, at_home, climbs, plain

_LONGEST: Final = 4096
_PARTS: Final = re.compile(r"[/\\]")

RULE = Rule(
    id="archive-path-traversal",
    title="A member that would be unpacked outside of its folder",
    severity=Severity.HIGH,
    remediation="Do not unpack the archive, or only with a tool that refuses such names.",
    fires=(
        'member file "../../etc/cron.d/x" size 4',
        'member file "/etc/passwd" size 4',
        'member file "data\\\\..\\\\..\\\\x.dll"',
        'member file "C:/Windows/x.dll"',
        'member file "\\\\\\\\host\\\\share\\\\x"',
        'member file "model.pkl\\x00.txt"',
        'member file "models/.wh..."',
        'member file "%2e%2e%2fx"',
        'member file "\u2025/x"',
        'member file "a/.. /x"',
        'member file "$HOME/x"',
    ),
    silent=(
        'member file "archive/data.pkl" size 4',
        'member file "./weights..ckpt"',
        'member file "W:0.npy"',
        'member file "models/.wh..wh..opq"',
        'member file "models/.wh.old.gguf"',
    ),
    fires_at="unpack",
    cwe=22,
    atlas="AML.T0011.000",
)


#: A whiteout of `.` or `..`: https://github.com/opencontainers/image-spec/blob/main/layer.md
_WHITEOUT: Final = re.compile(r"(?:\A|/)\.wh\.(?:\.{1,2})?/*\Z")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each way in which names lead out."""
    found: dict[str, list[Member]] = {}
    for member in subject.of(Member):
        why = _hazard(member.name)
        if why is not None:
            found.setdefault(why, []).append(member)
    for why, members in found.items():
        first = members[0].name
        name = first if len(first) < 200 else f"{first[:80]}...{first[-80:]}"
        others = f", and {len(members) - 1} more" if len(members) > 1 else ""
        yield Match(f"the member {name!r} {why}{others}", tuple(members[:20]))


def _hazard(name: str) -> str | None:
    spelt = plain(name)
    # The names of arrays are those of variables, many of which end in `:0`.
    if absolute(spelt) or (at_home(spelt) and not spelt.endswith(".npy")):
        return "has an absolute path"
    if any(map(climbs, _PARTS.split(spelt))):
        return "climbs out of the folder"
    if "\0" in name:
        return "has a zero byte in its name"
    if _WHITEOUT.search(name):
        return "hides the folder that it stands in, or the one above, in an image's layer"
    return "has a name longer than a path may be" if len(name) > _LONGEST else None
