"""Names that promise less than the bytes are."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict

import pytest

from tests.helpers.scanning import rules_of, scan_bytes

_PICKLE = pickle.dumps(OrderedDict(weights=[1.0, 2.0]), 4)


def _zip(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


_TORCH = _zip(**{"m/data.pkl": pickle.dumps({}, 2)})


@pytest.mark.parametrize("data", [_PICKLE, _TORCH], ids=["pickle", "torch"])
@pytest.mark.parametrize("name", ["model.safetensors", "a/b/Model.ONNX", "config.json", "x.npy"])
def test_code_under_a_harmless_name(name: str, data: bytes) -> None:
    assert rules_of(scan_bytes(data, name)) == {"misnamed": "medium"}


@pytest.mark.parametrize("name", ["model.pkl", "model.bin", "model", "model.ckpt", "model.dat"])
@pytest.mark.parametrize("data", [_PICKLE, _TORCH], ids=["pickle", "torch"])
def test_code_under_its_own_name(name: str, data: bytes) -> None:
    assert not scan_bytes(data, name).findings


@pytest.mark.parametrize("name", ["model.h5", "model.pkl", "notes.txt", "model.onnx"])
def test_what_runs_nothing_may_have_any_name(name: str) -> None:
    assert "misnamed" not in rules_of(scan_bytes(_zip(readme=b"text"), name))
    assert "misnamed" not in rules_of(scan_bytes(b"just text", name))
    assert "misnamed" not in rules_of(scan_bytes(pickle.dumps([1, 2.0], 4), name))
    assert "misnamed" not in rules_of(scan_bytes(b"Git v2.31.2 Release Notes", name))


def test_members_have_names_too() -> None:
    found = rules_of(scan_bytes(_zip(**{"model.safetensors": _PICKLE}), "model.zip"))
    assert found == {"misnamed": "medium"}
