"""Environments of conda: channels, packages, and what pip is given inside.

Source: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
(creating an environment file manually).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.dependencies.lines import requirement
from modelassay.io.blob import Blob
from modelassay.io.json import entries
from modelassay.io.yaml_document import YamlError, read_yaml

_LARGEST: Final = 1 << 20
_LONGEST: Final = 500
_MOST: Final = 5000
_KEYS: Final = (b"dependencies:", b"channels:")


def identify(blob: Blob) -> bool:
    """Whether `blob` is YAML with dependencies in a list, and what else an environment has.

    A name and channels may be missing: MLflow names the environment itself.
    """
    head = blob.head(_LARGEST)
    if b"\0" in head or _KEYS[0] not in head or blob.size > _LARGEST:
        return False
    lines = [line.rstrip() for line in head.splitlines()]
    starts = {line.partition(b":")[0] for line in lines if line[:1].isalpha()}
    below = lines[lines.index(_KEYS[0]) + 1 :] if _KEYS[0] in lines else []
    listed = next((line.lstrip() for line in below if line.strip()), b"").startswith(b"-")
    piped = any(line.lstrip(b" -") == b"pip:" for line in below)
    beside = {b"name", b"channels", b"build_dependencies"} & starts
    return listed and b"dependencies" in starts and (piped or bool(beside))


def parse(source: Source) -> Iterator[Event]:
    """Yield the channels, and every place that a package is fetched from."""
    try:
        value = read_yaml(source.blob.head(_LARGEST)).value
    except YamlError as error:
        yield Anomaly(kind="broken-config", message=str(error), at=Location(0))
        yield Incomplete(str(error))
        return
    for path, _, inner in islice(entries(value), _MOST):
        for text in inner[:_MOST] if isinstance(inner, list) else []:
            if isinstance(text, str):
                yield from _item(path, text)


def _item(path: str, text: str) -> Iterator[Reference]:
    at = Location(path=path)
    if path == "channels":
        if "://" in text or text.startswith(("/", ".", "file:")):
            yield Reference(role="package-index", target=f"channel {text}"[:_LONGEST], at=at)
    elif path == "dependencies.pip":
        yield from requirement(text, at)
    elif path == "dependencies" and "://" in text:
        target = text.partition("::")[0] if "::" in text else text
        yield Reference(role="package-index", target=f"channel {target}"[:_LONGEST], at=at)
