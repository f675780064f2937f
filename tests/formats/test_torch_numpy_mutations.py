"""Damaged and cut files: no scan raises or hangs, and what stood before it is still told."""

from __future__ import annotations

import functools
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelassay import scan
from modelassay.core.facts import Import
from tests.formats.exploring import DATA, explore
from tests.formats.pytorch.making import legacy, stream, tensor, zipped

SAMPLES = [
    DATA / "torch-2.13.0" / "views.pt",
    DATA / "torch-2.13.0" / "quantized-legacy.pt",
    DATA / "torch-2.13.0" / "script.pt",
    DATA / "torch-1.4.0" / "views.pt",
    DATA / "numpy-2.4.6" / "fields.npy",
    DATA / "numpy-2.4.6" / "objects.npy",
    DATA / "numpy-2.4.6" / "compressed.npz",
    DATA / "joblib-1.6.0" / "arrays.joblib",
    DATA / "joblib-0.9.4" / "arrays.joblib",
    DATA / "code-3.11" / "dill-p4.pkl",
]


@functools.cache
def content(path: Path) -> bytes:
    return path.read_bytes()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from(SAMPLES),
    place=st.integers(0, 1 << 16),
    patch=st.binary(max_size=8),
    drop=st.integers(0, 8),
)
def test_mutations_never_raise(
    tmp_path_factory: pytest.TempPathFactory, path: Path, place: int, patch: bytes, drop: int
) -> None:
    data = content(path)
    place %= len(data)
    file = tmp_path_factory.getbasetemp() / f"mutated{path.suffix}"
    file.write_bytes(data[:place] + patch + data[place + drop :])
    report = scan(file)
    assert report.artifacts
    assert not any("defect" in problem.advice for problem in report.errors)


@settings(max_examples=80, deadline=None)
@given(path=st.sampled_from(SAMPLES), place=st.integers(0, 1 << 16))
def test_truncations_never_raise(
    tmp_path_factory: pytest.TempPathFactory, path: Path, place: int
) -> None:
    file = tmp_path_factory.getbasetemp() / f"cut{path.suffix}"
    file.write_bytes(content(path)[: place % len(content(path))])
    report = scan(file)
    assert not any("defect" in problem.advice for problem in report.errors)


MADE = {
    "legacy": legacy(stream(tensor(), pickle.dumps(print, 2)[2:-1])),
    "numpy": DATA.joinpath("numpy-2.4.6", "objects.npy").read_bytes(),
}


@pytest.mark.parametrize("kind", sorted(MADE))
def test_truncation_keeps_what_was_read(kind: str) -> None:
    data = MADE[kind]
    known: set[str] = set()
    for end in range(0, len(data) + 1, 7):
        names = {str(fact.name) for fact in explore(data[:end]).of(Import)}
        assert names >= known
        known = names
    assert known


def test_a_zip_cut_short_is_still_read() -> None:
    data = zipped(stream(tensor((9,))))
    end = data.index(b"PK\1\2")
    found = explore(data[:end])
    assert "torch._utils._rebuild_tensor_v2" in {str(fact.name) for fact in found.of(Import)}
    assert found.reasons
