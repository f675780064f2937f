"""Models to scan, and a way to run the command line in this process."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from modelassay.cli.main import run


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class _Calls:
    def __reduce__(self) -> tuple[object, ...]:
        return print, ("loaded",)


CLEAN = pickle.dumps({"weights": [0.5, 1.0]}, protocol=4)
#: Names what no model needs, inertly: nothing here is ever loaded.
HOSTILE = b"cposix\nsystem\n(S'id'\ntR."
CALLS = pickle.dumps(_Calls())


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def invoke(*arguments: str | Path) -> Ran:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return invoke


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    path = tmp_path / "clean.pkl"
    path.write_bytes(CLEAN)
    return path


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.pkl"
    path.write_bytes(HOSTILE)
    return path


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    path = tmp_path / "torn.pkl"
    path.write_bytes(CLEAN[:-3])
    return path


@pytest.fixture
def unknown(tmp_path: Path) -> Path:
    path = tmp_path / "unknown.xyz"
    path.write_bytes(bytes(range(256)) * 4)
    return path
