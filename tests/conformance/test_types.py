"""Values of other types than a format expects: in texts of JSON and YAML any may stand anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
import yaml

from tests.conformance.samples import samples
from tests.conformance.test_formats import sound
from tests.helpers.scanning import scan_bytes

Path: TypeAlias = tuple[str | int, ...]
MOST = 60  # of the values of a sample
OTHERS: tuple[Any, ...] = ([[]], {"a": []}, 7, "words", None)


def document(data: bytes) -> Any:
    """Return what a sample of JSON or YAML says, `None` for others."""
    for read in (json.loads, yaml.safe_load):
        try:
            value = read(data)
        except (ValueError, yaml.YAMLError):
            continue
        if isinstance(value, dict | list):
            return value
    return None


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where each value of a document stands."""
    yield path
    inner = value if isinstance(value, dict) else {}
    inner = dict(enumerate(value)) if isinstance(value, list) else inner
    for key, item in inner.items():
        yield from paths(item, (*path, key))


def replaced(value: Any, path: Path, other: Any) -> Any:
    """Return a document with `other` at `path`."""
    if not path:
        return other
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    made = {k: replaced(item, path[1:], other) if k == path[0] else item for k, item in pairs}
    return made if isinstance(value, dict) else list(made.values())


DOCUMENTS = {
    f"{name}-{number}": value
    for name, some in samples().items()
    for number, data in enumerate(some)
    if (value := document(data)) is not None
}


def test_many_formats_are_documents() -> None:
    assert len(DOCUMENTS) > 30


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_values_of_other_types(name: str) -> None:
    value = DOCUMENTS[name]
    every = list(paths(value))
    for turn, path in enumerate(every[:: len(every) // MOST + 1]):
        for other in (OTHERS[0], OTHERS[1 + turn % (len(OTHERS) - 1)]):
            sound(scan_bytes(json.dumps(replaced(value, path, other)).encode()))
