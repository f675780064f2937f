"""Samples written by real interpreters; see make_samples.py."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from modelassay.formats.pycode import CodeObject, Version, read

SAMPLES = Path(__file__).parent / "samples"
VERSIONS: list[Version] = [(2, 7), *((3, minor) for minor in range(6, 15))]


@cache
def sample(version: Version) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "{}.{}.json".format(*version)).read_text())
    return loaded


class Samples:
    """The samples of one version."""

    def __init__(self, version: Version) -> None:
        self.version = version

    def data(self, name: str) -> bytes:
        return bytes.fromhex(sample(self.version)["marshalled"][name])

    def code(self, name: str) -> CodeObject:
        value = read(self.data(name)).value
        assert isinstance(value, CodeObject)
        return value

    @property
    def names(self) -> list[str]:
        return sorted(sample(self.version)["marshalled"])

    @property
    def arguments(self) -> list[object]:
        return [decoded(value) for value in sample(self.version)["arguments"]]


def decoded(value: object) -> object:
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return tuple(decoded(one) for one in value) if isinstance(value, list) else value


@pytest.fixture(params=VERSIONS, ids="{0[0]}.{0[1]}".format)
def samples(request: pytest.FixtureRequest) -> Samples:
    return Samples(request.param)
