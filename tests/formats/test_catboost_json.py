"""CatBoost models in JSON: honest ones are silent, numbers that do not agree are told."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.damage import changes_are_stood, cuts_are_told
from tests.helpers.scanning import rules_of, scan_bytes

Change = Callable[[Any], None]
LEAF = {"value": 0.5, "weight": 3}
SPLIT = {"split": {"split_index": 2, "border": 1.0}, "left": LEAF, "right": LEAF}
MODEL = {
    "ctr_data": {'{"type":"Borders"}': {"hash_stride": 3, "hash_map": ["12", 1, 2, "13", 3, 4]}},
    "features_info": {
        "float_features": [{"borders": [0.5, 1.5]}, {"borders": None}],
        "categorical_features": [{"feature_name": "a", "values": [7]}],
        "ctrs": [{"borders": [0.1], "ctr_target_border_idx": 0}],
    },
    "model_info": {"catboost_version_info": "CatBoost 1.2", "params": {"depth": 2}},
    "oblivious_trees": [
        {"splits": [{"split_index": 0}, {"split_index": 3}], "leaf_values": [1, 2, 3, 4]},
        {"splits": [{"split_index": 1}], "leaf_values": [1, 2]},
    ],
    "trees": [{"split": {"split_index": 1}, "left": SPLIT, "right": LEAF}],
    "scale_and_bias": [1, [0]],
}


def test_honest_models_are_silent() -> None:
    report = scan_bytes(json.dumps(MODEL).encode(), "model.json")
    assert [one.format for one in report.artifacts] == ["catboost-json"]
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["oblivious_trees"][0].update(leaf_values=[1, 2, 3]),
        lambda m: m["oblivious_trees"][1].update(leaf_values=[1, 2, 3, 4]),
        lambda m: m["oblivious_trees"][0]["splits"][0].update(split_index=4),
        lambda m: m["oblivious_trees"][0]["splits"][0].update(split_index=-1),
        lambda m: m["oblivious_trees"][0].update(splits=[{"split_index": 0}] * 70),
        lambda m: m["trees"][0]["left"]["split"].update(split_index=1 << 40),
        lambda m: m["trees"][0].update(left=None),
        lambda m: m["ctr_data"]['{"type":"Borders"}'].update(hash_stride=0),
        lambda m: m["ctr_data"]['{"type":"Borders"}'].update(hash_stride=4),
    ],
)
def test_models_that_do_not_hold(change: Change) -> None:
    model = copy.deepcopy(MODEL)
    change(model)
    assert rules_of(scan_bytes(json.dumps(model).encode())) == {"model-structure": "medium"}


def test_damage() -> None:
    data = json.dumps(MODEL).encode()
    cuts_are_told(data, "catboost-json", step=7)
    changes_are_stood(data)
