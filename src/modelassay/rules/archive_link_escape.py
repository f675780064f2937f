"""A link that leads out of the folder an archive is unpacked to, or a device.

What
----
A symbolic or hard link among the members points to an absolute path or above the folder, or
another member would be written through a link; or a member is a device or a named pipe.

Why
---
Once the link is unpacked, whatever is written or read through it reaches the file it points to:
the next member of the same archive overwrites a file of the system, or a file of the system is
read as if it were part of the model. A device reads and writes hardware or blocks the reader.

Remediation
-----------
Do not unpack the archive. Python's `tarfile` refuses such members with `filter="data"`.

References
----------
- https://cwe.mitre.org/data/definitions/59.html
- https://docs.python.org/3/library/tarfile.html#tarfile.data_filter
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Member
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import absolute, parts

_SPECIAL: Final = ("device", "fifo")
_LAST_PART: Final = re.compile(r"[^/\\]*[/\\]*\Z")

RULE = Rule(
    id="archive-link-escape",
    title="A link that leads out of the folder, or a device",
    severity=Severity.HIGH,
    remediation="Do not unpack the archive, or only with a tool that refuses such members.",
    fires=(
        'member symlink "weights" -> "/etc/passwd"',
        'member symlink "a/b" -> "../../x"',
        'member hardlink "a/b" -> "../x"',
        ('member symlink "dir" -> "."', 'member file "dir/x" size 3'),
        'member device "null"',
    ),
    silent=(
        'member symlink "lib/libx.so" -> "libx.so.1"',
        'member symlink "a/b" -> "../c"',
        'member hardlink "a/b" -> "a/c"',
        ('member symlink "dir" -> "other"', 'member file "other/x"'),
    ),
    fires_at="unpack",
    cwe=59,
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for links that lead out, members behind links, and special files."""
    members = list(subject.of(Member))
    links = [member for member in members if member.target is not None]
    escaping = [link for link in links if _escapes(link)]
    if escaping:
        link = escaping[0]
        message = f"the link {link.name[:200]!r} leads out of the folder, to {link.target!r:.200}"
        yield Match(message, tuple(escaping[:20]))
    through = _through(members)
    if through:
        message = f"the member {through[0].name[:200]!r} would be written through a link"
        yield Match(message, tuple(through[:20]))
    special = [member for member in members if member.type in _SPECIAL]
    if special:
        message = f"the member {special[0].name[:200]!r} is a {special[0].type}"
        yield Match(message, tuple(special[:20]), severity=Severity.MEDIUM)


def _escapes(link: Member) -> bool:
    target = link.target or ""
    if absolute(target):
        return True
    folder = _LAST_PART.sub("", link.name) if link.type == "symlink" else ""
    return parts(f"{folder}/{target}") is None


def _through(members: list[Member]) -> list[Member]:
    """Return the members that have a symbolic link among the folders they stand in."""
    links = {tuple(parts(member.name) or ()) for member in members if member.type == "symlink"}
    links.discard(())
    if not links:
        return []
    depths = sorted({len(link) for link in links})
    found = []
    for member in members:
        for path in (member.name, member.target if member.type == "hardlink" else None):
            steps = tuple(parts(path) or ()) if path else ()
            if any(steps[:depth] in links for depth in depths if depth < len(steps)):
                found.append(member)
                break
    return found
