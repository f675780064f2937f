"""A link that leads out of the folder an archive is unpacked to, or a device.

What
----
A symbolic or hard link among the members points to an absolute path or above the folder, perhaps by
way of another link, or another member would be written through a link; or a member is a device or a
named pipe.

Why
---
Once the link is unpacked, whatever is written or read through it reaches the file it points to:
the next member of the same archive overwrites a file of the system, or a file of the system is
read as if it were part of the model. A device reads and writes hardware or blocks the reader.

In the layer of an image, links start at the root of the image. They are `low` in an archive that
has the folders of one, as long as no member is written through them.

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
from modelassay.rules.links import Tree
from modelassay.rules.paths import destination, parts, plain

_SPECIAL: Final = ("device", "fifo")
#: Folders at the top of every Unix; an image has many of them, a model has none.
_ROOT: Final = frozenset(
    (
        *("bin", "boot", "dev", "etc", "home", "lib", "lib64", "mnt", "opt", "proc", "root"),
        *("run", "sbin", "srv", "sys", "tmp", "usr", "var"),
    )
)
_FEWEST: Final = 4
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
        ('member symlink "a/b/up" -> "../.."', 'member symlink "x" -> "a/b/up/.."'),
        'member symlink "x" -> "%2e%2e/x"',
        'member symlink "x" -> "file:///etc/passwd"',
        ('member symlink "dir" -> "."', 'member file "dir/x" size 3'),
        (
            'member symlink "bin/sh" -> "/bin/busybox"',
            'member directory "etc"',
            'member directory "usr"',
            'member directory "var"',
        ),
        'member device "null"',
    ),
    silent=(
        'member symlink "lib/libx.so" -> "libx.so.1"',
        'member symlink "a/b" -> "../c"',
        'member hardlink "a/b" -> "a/c"',
        ('member symlink "dir" -> "other"', 'member file "other/x"'),
        ('member symlink "a/b/up" -> "../.."', 'member symlink "x" -> "a/b/up/c"'),
    ),
    fires_at="unpack",
    cwe=59,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for links that lead out, members behind links, and special files."""
    members = list(subject.of(Member))
    links = [member for member in members if member.target is not None]
    tree = Tree((one.name, one.target or "") for one in members if one.type == "symlink")
    escaping = [link for link in links if _escapes(link, tree)]
    rooted = _is_root(members)
    own = [link for link in escaping if rooted and _within_root(link)]
    if own:
        link = own[0]
        message = f"the link {link.name[:200]!r} leads to {link.target!r:.200} of the image's root"
        yield Match(message, tuple(own[:20]), severity=Severity.LOW)
    escaping = [link for link in escaping if link not in own]
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
        severity = Severity.LOW if rooted else Severity.MEDIUM
        yield Match(message, tuple(special[:20]), severity=severity)


def _is_root(members: list[Member]) -> bool:
    """Whether the archive is a root file system, as the layers of images are."""
    tops = {(parts(member.name) or [""])[0] for member in members}
    return len(tops & _ROOT) >= _FEWEST


def _within_root(link: Member) -> bool:
    """Whether a link starts at the root, which is that of the image once it is unpacked as one."""
    target = link.target or ""
    return link.type == "symlink" and target.startswith("/") and parts(target) is not None


def _escapes(link: Member, tree: Tree) -> bool:
    target = link.target or ""
    if destination(target) not in ("inside", "climbing"):
        return True
    folder = _LAST_PART.sub("", link.name) if link.type == "symlink" else ""
    path = f"{folder}/{plain(target)}"
    return parts(path) is None or tree.leaves(path)


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
