"""One line of a requirements file: where what it asks for is fetched from.

Sources: https://pip.pypa.io/en/stable/reference/requirements-file-format/; PEP 508; the VCS URLs of
https://pip.pypa.io/en/stable/topics/vcs-support/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Reference

_LONGEST: Final = 500
_OPTION: Final = re.compile(
    r"(?:\A|\s)(-i|-f|-r|-c|-e|--[a-z][a-z-]*)(?:[ \t]*=[ \t]*|[ \t]+|\Z|(?=[^\s=-]))(\S*)"
)
_INDEXES: Final = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host")
_FILES: Final = ("-r", "--requirement", "-c", "--constraint")
_EDITABLE: Final = ("-e", "--editable")
_URL: Final = re.compile(r"(?:[A-Za-z][\w+.-]*:)?//\S+|file:\S+|git@\S+", re.IGNORECASE)
_NAME: Final = r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?"
_REQUIREMENT: Final = re.compile(
    rf"{_NAME}[ \t]*(?:\[[^\]]{{0,200}}\])?[ \t]*"
    r"(?:\(?[ \t]*(?:[<>=!~]=?=?[ \t]*[\w.*+!-]+[ \t]*,?[ \t]*)*\)?)[ \t]*"
    r"(?:@[ \t]*\S+[ \t]*)?(?:;[^#]*)?(?:[ \t]*--hash=\S+|[ \t]*\\)*[ \t]*(?:#.*)?\Z"
)
_COMMENT: Final = re.compile(r"(?:\A|\s)#.*")
_PATH: Final = re.compile(
    r"\.|[/\\~$%]|[A-Za-z]:|[^\x00-\x7f]|[\w.-]+[/\\]|.*\.(?:whl|tar\.gz|zip)\Z"
)


def is_requirement(line: str) -> bool:
    """Whether a line reads as one of a requirements file."""
    line = line.strip()
    return (
        not line
        or line.startswith(("#", "-"))
        or bool(_REQUIREMENT.match(line) or _URL.match(line))
    )


def requirement(line: str, at: Location) -> Iterator[Reference]:
    """Yield the places that a line fetches from, other than the index in use."""
    line = _COMMENT.sub("", line).strip()
    if line.startswith("-"):
        yield from _options(line, at)
        return
    url = _url(line)
    if url:
        yield Reference(role="requirement-url", target=url[:_LONGEST], at=at)
    elif _PATH.match(line):
        yield Reference(role="requirement-path", target=line.split()[0][:_LONGEST], at=at)
    else:
        yield from _options(line, at)


def _url(line: str) -> str:
    found = _URL.search(line.partition("#")[0] if "://" not in line else line)
    return found.group() if found else ""


def _options(line: str, at: Location) -> Iterator[Reference]:
    for found in _OPTION.finditer(line):
        option, value = found[1], found[2].strip("'\"")
        if option in _INDEXES:
            role = "package-index"
            target = f"{option} {value}"
        elif option in _EDITABLE and _URL.match(value):
            role, target = "requirement-url", value
        elif option in _EDITABLE:
            role, target = "requirement-path", value
        elif option in _FILES:
            role, target = "requirement-file", value
        else:
            continue
        yield Reference(role=role, target=target[:_LONGEST], at=at)
