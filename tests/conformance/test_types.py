"""Values of other types than a format expects: in texts of JSON and YAML any may stand anywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.conformance.samples import samples
from tests.conformance.test_formats import sound
from tests.helpers.retyping import OTHERS, document, paths, replaced
from tests.helpers.scanning import scan_bytes

MOST = 60  # of the values of a sample


def of_yaml(data: bytes) -> Any:
    """Return what a document of YAML says, `None` for others."""
    try:
        value = yaml.safe_load(data)
    except (ValueError, yaml.YAMLError):
        return None
    return value if isinstance(value, dict | list) else None


DOCUMENTS = {
    f"{name}-{number}": value
    for name, some in samples().items()
    for number, data in enumerate(some)
    if (value := document(data) or of_yaml(data)) is not None
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
