"""Damaged and cut files: no scan raises or hangs, and what stood before it is still told."""

from __future__ import annotations

import functools
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats.exploring import DATA
from tests.helpers.hdf5 import Made, external_link, link
from tests.helpers.scanning import scan_bytes

SAMPLES = [
    DATA / "hdf5-3.14.0" / "earliest.h5",
    DATA / "hdf5-3.14.0" / "v108.h5",
    DATA / "hdf5-3.14.0" / "latest.h5",
    DATA / "hdf5-3.16.0" / "latest-block.h5",
    DATA / "hdf5-3.14.0" / "large.h5",
    DATA / "keras-3.15.1" / "plain.h5",
    DATA / "keras-3.15.1" / "lambda.keras",
    DATA / "keras-3.15.1" / "lambda.json",
    DATA / "keras-2.15.0" / "functional.json",
]
SLOW = [HealthCheck.too_slow]
LARGEST = 300 << 20


@functools.cache
def content(path: Path) -> bytes:
    return path.read_bytes()


def sound(data: bytes, name: str) -> None:
    report = scan_bytes(data, name)
    assert report.artifacts
    assert not any("defect" in problem.advice for problem in report.errors)


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(
    path=st.sampled_from(SAMPLES),
    place=st.integers(0, 1 << 17),
    patch=st.binary(min_size=1, max_size=8) | st.sampled_from([b"\xff" * 8, b"\0" * 8]),
    drop=st.integers(0, 8),
)
def test_mutations_never_raise(path: Path, place: int, patch: bytes, drop: int) -> None:
    data = content(path)
    place %= len(data)
    sound(data[:place] + patch + data[place + drop :], path.name)


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(path=st.sampled_from(SAMPLES), place=st.integers(0, 1 << 17), size=st.integers(1, 64))
def test_pieces_of_a_file_elsewhere_never_raise(path: Path, place: int, size: int) -> None:
    """Addresses that lead where other structures stand."""
    data = content(path)
    place %= len(data)
    other = (place * 7919) % len(data)
    sound(data[:place] + data[other : other + size] + data[place + size :], path.name)


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(path=st.sampled_from(SAMPLES), place=st.integers(0, 1 << 17))
def test_truncations_never_raise(path: Path, place: int) -> None:
    data = content(path)
    sound(data[: place % len(data)], path.name)


@pytest.mark.parametrize("cut", range(1, 60))
def test_what_stands_in_front_of_the_damage_is_told(cut: int) -> None:
    made = Made()
    good = made.add_object(external_link("w", "/etc/passwd"))
    data = made.finish(link("good", good), link("bad", 9000))
    report = scan_bytes(data + bytes(cut))
    assert "hdf5-external" in {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    "data",
    [
        b'{"class_name": "A", "config": [' + b"[]," * 300_000 + b"1]}",
        b'{"class_name": "A", "config": [' + b'"a",' * 1_900_000 + b"1]}",
        b'{"class_name": "A", "config": ' + b'{"a":' * 900 + b"1" + b"}" * 901,
    ],
    ids=["lists", "texts", "deep"],
)
def test_memory_is_bounded(data: bytes) -> None:
    tracemalloc.start()
    try:
        scan_bytes(data)
        assert tracemalloc.get_traced_memory()[1] < LARGEST
    finally:
        tracemalloc.stop()
