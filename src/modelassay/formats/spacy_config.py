"""Configurations of spaCy pipelines (`config.cfg`): what they have made by name.

Sources: https://spacy.io/api/data-formats#config; `confection/__init__.py` (sections, `@registry`
keys, values in JSON, variables). Names are looked up in registries that packages and the code of a
project fill; an entry point is imported by such a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob

_LARGEST: Final = 4 << 20
_LONGEST: Final = 300
_MOST: Final = 5000
_SECTION: Final = re.compile(r"\[([^\]\n]{1,300})\][ \t]*(?:[#;].*)?\Z")
_ITEM: Final = re.compile(r"([@\w.*-]{1,100})[ \t]*[=:][ \t]*(.*)\Z")
#: A line that no parser of configurations reads, and templates of them are full of.
_STATEMENT: Final = re.compile(rb"(?m)^\{%[^=:\n]*%\}[ \t]*\r?$")
_MARK: Final = re.compile(rb"(?m)^\[nlp\][ \t]*\r?$")


def identify(blob: Blob) -> bool:
    """Whether the sections are those of a pipeline."""
    head = blob.head(_LARGEST)
    marked = _MARK.search(head) is not None and b"pipeline" in head
    return marked and b"\0" not in head and _STATEMENT.search(head) is None


def parse(source: Source) -> Iterator[Event]:
    """Yield every name that is looked up, and the factories of components."""
    if source.blob.size > _LARGEST:
        yield Incomplete(f"only {_LARGEST} bytes of the configuration were read")
    text = source.blob.head(_LARGEST).decode("utf-8", "replace")
    section, told = "", 0
    for line in text.splitlines():
        line = line.strip()
        found = _SECTION.match(line)
        if found is not None:
            section = found[1]
            continue
        item = _ITEM.match(line)
        if item is None:
            continue
        key, value = item[1], item[2].strip().strip("\"'")
        at = Location(path=f"{section}.{key}"[:_LONGEST])
        if key.startswith("@"):
            target = f"{key[1:]}: {value}"[:_LONGEST]
            yield Reference(role="registered-function", target=target, at=at)
            told += 1
        elif key in ("factory", "source") and section.startswith("components."):
            yield Reference(role=f"component-{key}", target=value[:_LONGEST], at=at)
            told += 1
        if told >= _MOST:
            yield Incomplete(f"only {_MOST} names were read")
            return
