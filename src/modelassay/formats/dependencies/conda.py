"""Environments of conda: channels, packages, and what pip is given inside.

Source: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
(creating an environment file manually). Only the event stream of the YAML parser is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.dependencies.lines import requirement
from modelassay.io.blob import Blob
from modelassay.io.yaml import YamlFault, scalars

_LARGEST: Final = 1 << 20
_LONGEST: Final = 500
_MOST: Final = 5000
_KEYS: Final = (b"dependencies:", b"channels:")


def identify(blob: Blob) -> bool:
    """Whether `blob` is YAML with dependencies in a list, and a name or channels beside it."""
    head = blob.head(_LARGEST)
    if b"\0" in head or _KEYS[0] not in head or blob.size > _LARGEST:
        return False
    lines = [line.rstrip() for line in head.splitlines()]
    starts = {line.partition(b":")[0] for line in lines if line[:1].isalpha()}
    below = lines[lines.index(_KEYS[0]) + 1 :] if _KEYS[0] in lines else []
    listed = next((line.lstrip() for line in below if line.strip()), b"").startswith(b"-")
    return listed and b"dependencies" in starts and bool({b"name", b"channels"} & starts)


def parse(source: Source) -> Iterator[Event]:
    """Yield the channels, and every place that a package is fetched from."""
    text = source.blob.head(_LARGEST).decode("utf-8", "replace")
    for told, item in enumerate(scalars(text)):
        if isinstance(item, YamlFault):
            yield Anomaly(kind="broken-config", message=item.message, at=Location(item.offset))
            yield Incomplete(item.message)
            return
        if told >= _MOST:
            yield Incomplete(f"only {_MOST} values were read")
            return
        yield from _scalar(item[0].split("."), item[1])


def _scalar(keys: list[str], value: str) -> Iterator[Reference]:
    at = Location(path=".".join(keys))
    if keys[:1] == ["channels"]:
        if "://" in value or value.startswith(("/", ".", "file:")):
            yield Reference(role="package-index", target=f"channel {value}"[:_LONGEST], at=at)
    elif keys[:1] == ["dependencies"]:
        if keys[-1] == "pip":
            yield from requirement(value, at)
        elif "://" in value:
            target = value.partition("::")[0] if "::" in value else value
            yield Reference(role="package-index", target=f"channel {target}"[:_LONGEST], at=at)
