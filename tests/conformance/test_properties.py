"""What holds of every format however its samples are changed, tried by hypothesis."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.conformance.samples import archive, samples
from tests.conformance.test_formats import WHOLE, sound, worst
from tests.helpers.damaging import damaged
from tests.helpers.scanning import scan_bytes

LARGEST = 1 << 14
every_format = pytest.mark.parametrize("name", sorted(samples()))
sparing = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
seeds = some.integers(0, 1 << 32)


def changed(name: str, seed: int) -> bytes:
    """Return a sample of the format, damaged."""
    every = sorted(samples()[name], key=len)
    return damaged([one for one in every if len(one) <= LARGEST] or every[:1], random.Random(seed))


@every_format
@sparing
@given(seed=seeds)
def test_a_container_hides_nothing_of_damaged_bytes(name: str, seed: int) -> None:
    data = changed(name, seed)
    bare = worst(sound(scan_bytes(data)))
    wrapped = worst(sound(scan_bytes(archive({"model": data}))))
    lost = {rule for rule, rank in bare.items() if wrapped.get(rule, 0) < rank}
    assert not lost, (data, lost)


@pytest.mark.parametrize("name", sorted(set(samples()) - WHOLE))
@sparing
@given(seed=seeds, tail=some.binary(min_size=1, max_size=64))
def test_a_tail_removes_nothing(name: str, seed: int, tail: bytes) -> None:
    data = samples()[name][seed % len(samples()[name])]
    before = worst(scan_bytes(data))
    after = sound(scan_bytes(data + tail))
    lost = {rule for rule, rank in before.items() if worst(after).get(rule, 0) < rank}
    assert not lost or not after.complete, (tail, lost)
