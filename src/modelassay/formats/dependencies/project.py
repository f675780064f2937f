"""Projects that are built when they are installed: pyproject.toml.

Source: https://packaging.python.org/en/latest/specifications/pyproject-toml/; PEP 517 and 518 for
the build system, whose backend may lie in the project itself; the sources of Poetry and uv.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any, Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.dependencies.lines import requirement
from modelassay.io.blob import Blob

_LARGEST: Final = 1 << 20
_LONGEST: Final = 500
_MOST: Final = 5000
_TABLES: Final = (b"[build-system]", b"[project]", b"[tool.poetry")
_FETCHED: Final = ("url", "git", "index-url", "extra-index-url", "find-links")


def identify(blob: Blob) -> bool:
    """Whether `blob` is TOML with a table of a project."""
    head = blob.head(_LARGEST)
    if not any(table in head for table in _TABLES) or blob.size > _LARGEST:
        return False
    return isinstance(_read(head), dict)


def _read(data: bytes) -> dict[str, Any] | None:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def parse(source: Source) -> Iterator[Event]:
    """Yield what is fetched from other places, and a backend that lies in the project."""
    project = _read(source.blob.head(_LARGEST))
    if project is None or source.blob.size > _LARGEST:
        yield Anomaly(kind="broken-config", message="no TOML")
        yield Incomplete("the project could not be read")
        return
    told = 0
    pending: list[tuple[str, Any]] = [("", project)]
    while pending and told < _MOST:
        path, value = pending.pop()
        told += 1
        if isinstance(value, dict):
            inner = [(f"{path}.{key}"[-200:].lstrip("."), one) for key, one in value.items()]
            pending += reversed(inner)
        elif isinstance(value, list):
            pending += [(path, one) for one in reversed(value)]
        elif isinstance(value, str):
            yield from _text(path, value)


def _text(path: str, value: str) -> Iterator[Reference]:
    at, key = Location(path=path), path.rpartition(".")[2]
    if path == "build-system.backend-path":
        yield Reference(role="build-backend", target=value[:_LONGEST], at=at)
    elif path.startswith("tool.") and key in _FETCHED and "://" in value:
        index = "source" in path or "index" in path or "links" in key
        if index:
            yield Reference(role="package-index", target=f"{key} {value}"[:_LONGEST], at=at)
        else:
            scheme = "git+" if key == "git" else ""
            yield Reference(role="requirement-url", target=f"{scheme}{value}"[:_LONGEST], at=at)
    elif "dependencies" in path or path == "build-system.requires":
        yield from (one for one in requirement(value, at) if one.role != "requirement-file")
