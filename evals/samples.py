"""The samples that the tests keep of every format."""

from __future__ import annotations

from importlib import import_module


def samples() -> dict[str, list[bytes]]:
    """Return the samples of each format by its id; see `tests/conformance/samples.py`."""
    found: dict[str, list[bytes]] = import_module("tests.conformance.samples").samples()
    return found
