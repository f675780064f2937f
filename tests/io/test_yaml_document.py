"""YAML as it is written, and JSON as the part of it that it is."""

from __future__ import annotations

import json

import pytest

from modelassay.io.yaml_document import read_yaml

TEXTS = ['{"a": {"b": "c", "a": null}, "d": [true, "x"]}', '{"a": "x", "a": "y"}', '["\\u0120the"]']


@pytest.mark.parametrize("text", TEXTS)
def test_json_says_the_same_as_the_yaml_that_it_is(text: str) -> None:
    whole = read_yaml(text)
    events = read_yaml("# no JSON\n" + text)
    assert (whole.value, whole.tags) == (events.value, events.tags)


def test_a_large_vocabulary_in_json_is_read_whole() -> None:
    words = {f"word{number}": number for number in range(300_000)}  # too many nodes for YAML
    assert len(read_yaml(json.dumps(words)).value or ()) == len(words)


def test_flow_mappings_that_are_no_json_keep_their_tags() -> None:
    assert read_yaml("{a: !!python/name:os.system x}").tags == ["python/name:os.system"]
