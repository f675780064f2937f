"""Shell scripts, and the RUN lines of Dockerfiles: which commands feed which.

Sources: POSIX.1-2024, Shell Command Language; https://docs.docker.com/reference/dockerfile/. A
script is recognised by its first line, a Dockerfile by its instructions, or either by its name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Reference
from modelassay.formats.base import Event, Incomplete, Refined, Source
from modelassay.io.blob import Blob
from modelassay.io.shell import pipelines, write

_LARGEST: Final = 4 << 20
_LONGEST: Final = 500
_MOST: Final = 5000
_SHEBANG: Final = re.compile(rb"\xef?\xbb?\xbf?#![^\n]{0,80}\b(?:ba|da|z|k|a)?sh\b")
_FROM: Final = re.compile(r"(?im)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*\S+(?:[ \t]+AS[ \t]+\S+)?[ \t]*$")
_INSTRUCTION: Final = re.compile(r"(?m)^[ \t]*(RUN|ADD|CMD|ENTRYPOINT|ONBUILD|COPY)[ \t]+", re.I)
_WORDS: Final = re.compile(
    r"(?im)^[ \t]*(?:RUN|ADD|CMD|ENTRYPOINT|COPY|WORKDIR|ENV|ARG|EXPOSE|USER|LABEL)[ \t]+\S"
)
_OPTION: Final = re.compile(r"--[a-z]+(?:=\S+)?[ \t]+")


def identify(blob: Blob) -> bool:
    """Whether the first line names a shell, or the lines are those of a Dockerfile."""
    head = blob.head(1 << 16)
    if b"\0" in head:
        return False
    return _SHEBANG.match(head) is not None or is_dockerfile(head.decode("utf-8", "replace"))


def is_dockerfile(text: str) -> bool:
    """Whether a text has the instructions of a Dockerfile, FROM among the first of them."""
    first = _FROM.search(text)
    return first is not None and _WORDS.search(text, first.end()) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield each pipeline, and what a Dockerfile fetches."""
    text = source.blob.head(_LARGEST).decode("utf-8", "replace")
    if source.blob.size > _LARGEST:
        yield Incomplete(f"only {_LARGEST} bytes of the script were read")

    docker = is_dockerfile(text) and not text.startswith("#!")
    if docker:
        yield Refined("dockerfile")
    for told, event in enumerate(_dockerfile(text) if docker else _lines(text, 0)):
        if told >= _MOST:
            yield Incomplete(f"only {_MOST} commands were read")
            return
        yield event


def _lines(text: str, offset: int) -> Iterator[Reference]:
    for pipeline in pipelines(text):
        at = Location(offset + pipeline.offset)
        yield Reference(role="shell", target=write(pipeline)[:_LONGEST], at=at)


def _dockerfile(text: str) -> Iterator[Reference]:
    for found in _FROM.finditer(text):
        words = found.group().split()
        images = [word for word in words[1:] if not word.startswith("--")]
        yield Reference(role="base-image", target=images[0][:_LONGEST], at=Location(found.start()))
    for found in _INSTRUCTION.finditer(text):
        start = found.end()
        while option := _OPTION.match(text, start):
            start = option.end()
        line = _logical_line(text, start)
        word = found[1].upper()
        if word == "ADD":
            for target in line.split()[:-1]:
                if "://" in target or target.startswith("git@"):
                    at = Location(start)
                    yield Reference(role="docker-add", target=target[:_LONGEST], at=at)
        elif word != "COPY":
            yield from _lines(_command(line), start)


def _logical_line(text: str, start: int) -> str:
    r"""Return a line with those that a `\` at its end, or a here-document, adds to it."""
    end = start
    while True:
        newline = text.find("\n", end)
        if newline < 0:
            line = text[start:]
            break
        if text[end:newline].rstrip().endswith("\\") or text[end:newline].lstrip()[:1] == "#":
            end = newline + 1
            continue
        line = text[start:newline]
        break
    here = re.search(r"<<-?[\"']?(\w+)", line)
    if here is None:
        return line
    close = re.compile(rf"\n[ \t]*{re.escape(here[1])}[ \t]*(?:\n|\Z)").search(text, start)
    return text[start : close.start() if close else len(text)]


def _command(line: str) -> str:
    """Return what the shell would run: of a list of words, the words."""
    if not line.lstrip().startswith("["):
        return line
    try:
        words = json.loads(line)
    except (ValueError, RecursionError):
        return line
    words = [word for word in words if isinstance(word, str)]
    if len(words) > 2 and words[1] in ("-c", "-lc"):
        return str(words[2])
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
