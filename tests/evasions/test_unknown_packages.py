"""Functions of packages nobody knows, named after what they do."""

from __future__ import annotations

import pytest

from tests.evasions.assembler import call, new, stream
from tests.helpers.scanning import rules_of, scan_bytes

TELLING = (
    "acme.net:connect",
    "acme.cli:main",
    "acme.files:open",
    "acme.loading:import_class_by_path",
    "graphviz.backend:anything",
)


@pytest.mark.parametrize("name", TELLING)
def test_a_telling_name_that_is_called_is_found(name: str) -> None:
    severities = rules_of(scan_bytes(stream(call(name, "x")))).values()
    assert {"high", "critical"} & set(severities)


def test_a_class_of_its_own_is_a_question() -> None:
    assert scan_bytes(stream(new("acme.nets:Model"))).verdict == "suspicious"
