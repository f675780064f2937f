"""Requirements files of pip.

Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/. A text is taken for one
if all of its lines are requirements or options, and one of them says more than a word could.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.dependencies.lines import is_requirement, requirement
from modelassay.io.blob import Blob

_LARGEST: Final = 1 << 20
_MOST: Final = 5000
_TELLING: Final = re.compile(
    r"(?m)^[ \t]*(?:-[a-z-]|[\w.-]+(?:\[[^\]\n]*\])?[ \t]*(?:[=<>!~]=|[<>@]))"
)


def identify(blob: Blob) -> bool:
    """Whether all lines are such as pip reads."""
    if blob.size > _LARGEST:
        return False
    text = blob.head(_LARGEST).decode("utf-8", "replace")
    if "\0" in text or not _TELLING.search(text):
        return False
    return all(is_requirement(line) for line in text.replace("\\\n", " ").splitlines())


def parse(source: Source) -> Iterator[Event]:
    """Yield every place other than the index that something is fetched from."""
    text = source.blob.head(_LARGEST).decode("utf-8", "replace")
    if source.blob.size > _LARGEST:
        yield Incomplete(f"only {_LARGEST} bytes of the requirements were read")
    text = text.removeprefix("\ufeff").replace("\\\r\n", "  ").replace("\\\n", "  ")
    for number, line in enumerate(text.splitlines()[:_MOST]):
        yield from requirement(line, Location(path=f"line {number + 1}"))
