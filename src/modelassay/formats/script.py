"""Scripts: text that names its interpreter in the first line.

Source: `execve(2)`, interpreter scripts. A script beside a model is what it says; the same text
behind or inside a model is a payload. It ends where its text does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Event, Source
from modelassay.io.blob import Blob

_FIRST_LINE: Final = re.compile(
    rb"#!\s*(?P<path>/[\w./+-]{1,100}?)(?P<name>sh|bash|dash|zsh|ksh|ash|fish|python|perl|ruby|php|node"
    rb"|lua|pwsh|osascript|tclsh|awk|busybox|env)(?P<version>[0-9.]*)(?P<rest>[ \t][\x20-\x7e\t]*)?"
    rb"\r?\n"
)
_LONGEST_LINE: Final = 512
_LONGEST: Final = 1 << 20
_SHORTEST_LINE: Final = 8
#: Control characters that text does not have.
_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def interpreter(blob: Blob) -> str | None:
    """Return the interpreter that the first line of `blob` names, `None` if there is none."""
    found = _FIRST_LINE.match(blob.head(_LONGEST_LINE))
    if found is None:
        return None
    words = (found["rest"] or b"").split()
    name = found["name"]
    if name == b"env":
        name = next((word for word in words if not word.startswith(b"-")), name)
    return name.decode("latin-1")


def length(blob: Blob) -> int:
    """Return how many bytes of `blob` are the text of the script, at most a mebibyte."""
    text = blob.head(_LONGEST)
    found = _NO_TEXT.search(text)
    end = _utf8(text[: found.start()] if found else text)
    if end == len(text):
        return end
    line = text.rfind(b"\n", 0, end) + 1
    # A few characters behind the last line are those of what follows.
    return line if line and end - line < _SHORTEST_LINE else end


def _utf8(text: bytes) -> int:
    """Return how many bytes of `text` are UTF-8; a character may be cut in two at its end."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return len(text) if error.reason == "unexpected end of data" else error.start
    return len(text)


def identify(blob: Blob) -> bool:
    """Whether `blob` starts with the first line of a script."""
    return interpreter(blob) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield the interpreter: what it does is for whoever runs it."""
    yield Metadata(key="interpreter", value=Const(interpreter(source.blob)), at=Location(0))
