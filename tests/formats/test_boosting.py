"""Models of boosting libraries: honest ones are silent, indexes that lead out are told."""

from __future__ import annotations

import copy
import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core.errors import ReadError
from modelassay.io.ubjson import read_ubjson
from tests.helpers.scanning import rules_of, scan_bytes

TREE = {
    "base_weights": [0.5, 0.0, 1.0],
    "left_children": [1, -1, -1],
    "right_children": [2, -1, -1],
    "parents": [2147483647, 0, 0],
    "split_indices": [1, 0, 0],
    "tree_param": {"num_nodes": "3", "num_feature": "4"},
}
MODEL = {
    "learner": {
        "attributes": {"best": "1"},
        "gradient_booster": {
            "model": {"gbtree_model_param": {"num_trees": "1"}, "trees": [TREE]},
            "name": "gbtree",
        },
        "learner_model_param": {"num_class": "0", "num_feature": "4"},
    },
    "version": [3, 2, 0],
}
TEXT = """tree
version=v4
num_class=1
max_feature_idx=3

Tree=0
num_leaves=3
num_cat=0
split_feature=2 1
threshold=3.1 3.3
decision_type=2 2
left_child=1 -1
right_child=-2 -3
leaf_value=-0.9 -1.1 -0.8


end of trees
"""


def ubj(value: Any, typed: bool = True) -> bytes:
    """Write UBJSON as XGBoost does: lengths of 64 bits, arrays of numbers with a type."""
    if isinstance(value, dict):
        inner = b"".join(text(key) + ubj(item, typed) for key, item in value.items())
        return b"{" + inner + b"}"
    if isinstance(value, list):
        if typed and value and all(isinstance(item, int) for item in value):
            return b"[$l#L" + struct.pack(f">q{len(value)}i", len(value), *value)
        return b"[#L" + struct.pack(">q", len(value)) + b"".join(ubj(one, typed) for one in value)
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"d" + struct.pack(">f", value)
    return b"S" + text(value)


def text(value: str) -> bytes:
    return b"L" + struct.pack(">q", len(value)) + value.encode()


def changed(**fields: object) -> dict[str, Any]:
    model = copy.deepcopy(MODEL)
    model["learner"]["gradient_booster"]["model"]["trees"][0].update(fields)  # type: ignore[index]
    return model


FORMS = [lambda v: json.dumps(v).encode(), ubj, lambda v: ubj(v, typed=False)]
forms = pytest.mark.parametrize("form", FORMS, ids=["json", "ubj", "ubj-untyped"])


@forms
def test_honest_xgboost_models_are_silent(form: Any) -> None:
    report = scan_bytes(form(MODEL), "m.ubj")
    assert [one.format for one in report.artifacts] == ["xgboost"]
    assert report.complete
    assert not report.findings


@forms
@pytest.mark.parametrize(
    "fields",
    [
        {"left_children": [1, -1, 3]},
        {"right_children": [2, -2, -1]},
        {"parents": [0]},
        {"split_indices": [4, 0, 0]},
        {"tree_param": {"num_nodes": "4294967295"}},
    ],
)
def test_trees_that_do_not_hold(form: Any, fields: dict[str, object]) -> None:
    assert rules_of(scan_bytes(form(changed(**fields)))) == {"model-structure": "medium"}


@forms
def test_counts_that_overflow(form: Any) -> None:
    model = copy.deepcopy(MODEL)
    model["learner"]["learner_model_param"]["num_class"] = "-1"  # type: ignore[index]
    assert rules_of(scan_bytes(form(model))) == {"model-structure": "medium"}


@pytest.mark.parametrize(
    "data",
    [
        b"[$l#L" + struct.pack(">q", 1 << 40),
        b"[$l#L" + struct.pack(">q", -1),
        b"[$Z#L" + struct.pack(">q", 1 << 40),
        b"[" * 100_000,
        b"{L" + struct.pack(">q", 1 << 62),
        b"[$l",
        b"x",
        b"",
    ],
)
def test_ubjson_that_is_none(data: bytes) -> None:
    with pytest.raises(ReadError):
        read_ubjson(data)


def test_bytes_behind_a_model() -> None:
    payload = b"\x80\x04cos\nsystem\n(X\x02\x00\x00\x00hitR."
    found = rules_of(scan_bytes(ubj(MODEL) + payload))
    assert found["trailing-data"] == "medium"
    assert found["command-execution"] == "critical"


def test_data_of_xgboost_is_data() -> None:
    report = scan_bytes(b"\x01\xab\xff\xffversion:" + bytes(64), "train.buffer")
    assert [one.format for one in report.artifacts] == ["xgboost-data"]
    assert report.complete


def test_data_of_lightgbm_is_data() -> None:
    report = scan_bytes(b"______LightGBM_Binary_File_Token______\n" + bytes(range(200)), "d.bin")
    assert [one.format for one in report.artifacts] == ["lightgbm-data"]
    assert report.complete
    assert not report.findings


def test_lightgbm() -> None:
    report = scan_bytes(TEXT.encode(), "model.txt")
    assert [one.format for one in report.artifacts] == ["lightgbm"]
    assert report.complete
    assert not report.findings
    dumped = json.dumps({"name": "tree", "version": "v4", "tree_info": [{"num_leaves": 3}]})
    assert scan_bytes(dumped.encode()).artifacts[0].format == "lightgbm"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("left_child=1 -1", "left_child=9 -1"),
        ("right_child=-2 -3", "right_child=-2 -9"),
        ("num_leaves=3", "num_leaves=2147483647"),
        ("num_leaves=3", "num_leaves=-5"),
        ("split_feature=2 1", "split_feature=2"),
        ("left_child=1 -1", "left_child=1 x"),
    ],
)
def test_lightgbm_trees_that_do_not_hold(old: str, new: str) -> None:
    report = scan_bytes(TEXT.replace(old, new).encode())
    assert rules_of(report) == {"model-structure": "medium"}


def cbm(core: bytes, size: int | None = None, tail: bytes = b"") -> bytes:
    return b"CBM1" + struct.pack("<I", len(core) if size is None else size) + core + tail


CORE = struct.pack("<IHHHHi", 12, 6, 8, 4, 0, 8) + bytes(8)


def test_trees_of_several_targets() -> None:
    parameters = {"num_nodes": "3", "size_leaf_vector": "2"}
    model = changed(base_weights=[0.5] * 6, tree_param=parameters)
    assert not scan_bytes(json.dumps(model).encode()).findings


def test_catboost() -> None:
    report = scan_bytes(cbm(CORE), "m.cbm")
    assert [one.format for one in report.artifacts] == ["catboost"]
    assert report.complete
    assert not report.findings
    for data in (cbm(CORE, 1 << 31), cbm(b"\xff" * 16), cbm(b""), cbm(CORE[:-12])):
        report = scan_bytes(data)
        assert rules_of(report) == {"model-structure": "medium"}
        assert not report.complete
    payload = b"\x80\x04cos\nsystem\n(X\x02\x00\x00\x00hitR."
    assert rules_of(scan_bytes(cbm(CORE, tail=payload)))["command-execution"] == "critical"


@settings(max_examples=300, deadline=None)
@given(
    data=st.sampled_from([form(MODEL) for form in FORMS] + [TEXT.encode(), cbm(CORE)]),
    place=st.integers(0, 2000),
    patch=st.binary(min_size=1, max_size=8),
    drop=st.integers(0, 4),
)
def test_mutations_never_raise(data: bytes, place: int, patch: bytes, drop: int) -> None:
    place %= len(data)
    report = scan_bytes(data[:place] + patch + data[place + drop :])
    assert not any("defect" in problem.advice for problem in report.errors)
