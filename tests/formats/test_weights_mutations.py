"""Damaged and cut files of weights and templates: no scan raises, and none hangs."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats.exploring import DATA
from tests.helpers.native import NATIVE
from tests.helpers.scanning import scan_bytes

SAMPLES = [
    DATA / "gguf-0.19.0" / "plain.gguf",
    DATA / "gguf-0.19.0" / "quantized.gguf",
    DATA / "gguf-0.10.0" / "big-endian.gguf",
    DATA / "safetensors-0.8.0" / "plain.safetensors",
    DATA / "safetensors-0.8.0" / "types.safetensors",
]


@functools.cache
def content(path: Path) -> bytes:
    return path.read_bytes()


def sound(data: bytes) -> None:
    assert scan_bytes(data).errors == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from(SAMPLES),
    place=st.integers(0, 3000),
    patch=st.binary(min_size=1, max_size=9) | st.sampled_from([b"\xff" * 8, b"\0" * 8, b"\x7f"]),
)
def test_a_patch(path: Path, place: int, patch: bytes) -> None:
    data = content(path)
    place %= len(data)
    sound(data[:place] + patch + data[place + len(patch) :])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(SAMPLES), end=st.integers(0, 3000))
def test_a_cut(path: Path, end: int) -> None:
    sound(content(path)[: end % len(content(path))])


@pytest.mark.parametrize("name", NATIVE)
def test_executables_cut_and_flipped(name: str) -> None:
    data = NATIVE[name]
    for place in range(len(data)):
        sound(data[:place])
        sound(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
