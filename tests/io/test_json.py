"""JSON as it is written: entries at any depth, texts that are too large, and back again."""

from __future__ import annotations

import json

import pytest

from modelassay.io import json as io_json
from modelassay.io.blob import Memory
from modelassay.io.json import TooLargeError, entries, find_json, read_json, write_json


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":[true,null,{}],"b":{"c":"\\u00e9","d":[]}}', "[]", "[[[1.5]]]", '"x"', "{}"],
)
def test_what_is_read_is_written_back(text: str) -> None:
    assert write_json(read_json(text)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_bytes_are_read_in_every_encoding_that_the_standard_reader_takes(encoding: str) -> None:
    data = '{"é": [1]}'.encode(encoding)
    assert read_json(data) == list(json.loads(data).items())


def test_entries_of_any_depth_with_duplicates() -> None:
    found = list(entries(read_json('{"a":{"b":1},"a":[[{"c":2}]],"d":3}')))
    assert [(path, key) for path, key, _ in found] == [
        ("a", "a"),
        ("a", "a"),
        ("d", "d"),
        ("a.b", "b"),
        ("a.c", "c"),
    ]


def test_paths_do_not_grow_without_end() -> None:
    text = '{"kkkkkkkkkk":' * 400 + "1" + "}" * 400
    assert max(len(path) for path, _, _ in entries(read_json(text))) <= 400


def test_only_marked_texts_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_json(Memory(b'{"a": 1}'), b"b") is None
    assert find_json(Memory(b'{"a": 1'), b"a") is None
    assert find_json(Memory(b'{"\\u0061": 1}'), b"a") == [("a", 1)]
    monkeypatch.setattr(io_json, "_MOST_VALUES", 2)
    with pytest.raises(TooLargeError):
        find_json(Memory(b'{"a": [1, 2, 3, 4]}'), b"a")
    assert find_json(Memory(b'{"\\u0062": [1, 2, 3, 4]}'), b"a") is None
