"""The samples that the tests keep of every format, and how the tests damage them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from importlib import import_module


def samples() -> dict[str, list[bytes]]:
    """Return the samples of each format by its id; see `tests/conformance/samples.py`."""
    found: dict[str, list[bytes]] = import_module("tests.conformance.samples").samples()
    return found


def damaged(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one of `seeds`, damaged; see `tests/helpers/damaging.py`."""
    made: bytes = import_module("tests.helpers.damaging").damaged(seeds, chance)
    return made


def damaged_archive(data: bytes, chance: random.Random) -> bytes:
    """Return a zip, one member damaged; see `tests/helpers/damaging.py`."""
    made: bytes = import_module("tests.helpers.damaging").damaged_archive(data, chance)
    return made
