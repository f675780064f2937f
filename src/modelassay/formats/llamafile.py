"""llamafile: a program of every system (APE), with weights and arguments in a zip at its end.

Source: `README.md` and `llamafile/llamafile.c` of llamafile 0.1 to 0.9: weights are members that
are not compressed, and the lines of `.args` are put before the arguments of the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from modelassay.core.facts import Executable, Location, Metadata, Reference
from modelassay.core.values import Const
from modelassay.formats import zip as zip_format
from modelassay.formats.base import Child, Event, Source
from modelassay.io.blob import Blob
from modelassay.io.native import read_native

_ARGUMENTS: Final = ".args"
_INSIDE: Final = "/zip/"  # how the program names its own members
_FILES: Final = frozenset(("-m", "--model", "--mmproj", "--lora", "-md", "--model-draft", "-f"))
_LARGEST: Final = 1 << 16
_MOST: Final = 1000


def identify(blob: Blob) -> bool:
    """Whether a program stands at the start, and a zip with arguments or a model at the end."""
    if read_native(blob) is None:
        return False
    names = zip_format.names(blob)
    return any(name == _ARGUMENTS.encode() or name.endswith(b".gguf") for name in names)


def parse(source: Source) -> Iterator[Event]:
    """Yield the program, what a zip yields, and the arguments."""
    native = read_native(source.blob)
    if native is not None:
        yield Executable(type=native.type, size=native.size, at=Location(0))
    for event in zip_format.walk(zip_format.read(source.blob, source.budget)):
        yield event
        if isinstance(event, Child) and event.name == _ARGUMENTS and event.role == "member":
            yield from _arguments(event.blob)


def _arguments(blob: Blob) -> Iterator[Event]:
    """Yield the arguments, and the files among them that are not in the archive."""
    lines = blob.head(_LARGEST).decode("utf-8", "replace").splitlines()[:_MOST]
    yield Metadata(key="arguments", value=Const(" ".join(lines)[:4000]), at=Location(path=".args"))
    for flag, value in pairwise(lines):
        if flag.strip() in _FILES and not value.startswith(_INSIDE):
            yield Reference(target=value[:1000], role="weight-file", at=Location(path=".args"))
