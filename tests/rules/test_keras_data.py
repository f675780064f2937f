"""The data about Keras: what honest configurations name, and what other names do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from modelassay import rules
from modelassay.rules.catalogue import EFFECTS

DATA = Path(rules.__file__).parent / "data"


def load(name: str) -> Any:
    return json.loads((DATA / name).read_bytes())


NAMES, OTHERS = load("keras.json"), load("keras-effects.json")


def test_what_every_model_needs_is_listed() -> None:
    assert {"Dense", "Conv2D", "Sequential", "Functional", "Adam", "GlorotUniform"} <= set(
        NAMES["classes"]
    )
    assert {"relu", "softmax", "mean_squared_error", "mse", "l2"} <= set(NAMES["functions"])


@pytest.mark.parametrize("kind", ["classes", "functions"])
def test_names_are_sorted_and_stand_once(kind: str) -> None:
    assert NAMES[kind] == sorted(set(NAMES[kind]))


def test_nothing_is_honest_and_harmful_at_once() -> None:
    honest = {*NAMES["classes"], *NAMES["functions"]}
    assert honest & set(OTHERS["effects"]) == set()


@pytest.mark.parametrize("part", ["effects", "modules"])
def test_effects_are_those_of_the_catalogue(part: str) -> None:
    for name, effect in OTHERS[part].items():
        kind, _, what = effect.partition(":")
        assert kind in EFFECTS, name
        assert what, name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("io.read_file", True),
        ("io.write_file", True),
        ("raw_ops.WriteFile", True),
        ('{"op": "PyFunc"}', True),
        ("py_function", True),
        ("load_op_library", True),
        ("math.add", False),
        ("nn.relu", False),
        ("io.decode_jpeg", False),
        ("image.resize", False),
        ("strings.regex_replace", False),
    ],
)
def test_operations_of_tensorflow(text: str, found: bool) -> None:
    assert bool(re.search(OTHERS["tensorflow"], text)) == found
