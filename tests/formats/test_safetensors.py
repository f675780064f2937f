"""safetensors: what lies in a header, and what stands behind the tensors."""

from __future__ import annotations

import json

import pytest

from modelassay.core.facts import Metadata, Tensor
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes
from tests.helpers.weights import PICKLE, TENSOR, entry, safetensors

GOOD = safetensors(TENSOR)


def kinds(header: object, data: bytes = bytes(16)) -> list[str]:
    return Said("safetensors", safetensors(header, data)).kinds()


def test_an_honest_file() -> None:
    said = Said("safetensors", GOOD)
    assert said.kinds() == []
    assert not said.incomplete()
    assert next(e for e in said.events if isinstance(e, Tensor)).shape == (4,)
    report = scan_bytes(GOOD)
    assert report.complete and not report.findings and report.artifacts[0].format == "safetensors"


LIES: dict[str, tuple[object, bytes, str]] = {
    "overlap": ({"a": entry("U8", [9], 0, 9), "b": entry("U8", [9], 7, 16)}, bytes(16), "high"),
    "hole": ({"a": entry("U8", [4], 0, 4), "b": entry("U8", [4], 12, 16)}, bytes(16), "medium"),
    "size": ({"w": entry("F32", [5], 0, 16)}, bytes(16), "medium"),
    "overflow": ({"w": entry("F32", [2**62, 2**62], 0, 16)}, bytes(16), "high"),
    "shape": ({"w": entry("F32", [-4, -1], 0, 16)}, bytes(16), "medium"),
    "offsets": ({"w": entry("F32", [4], 16, 0)}, bytes(16), "medium"),
    "truncated": ({"w": entry("F32", [5], 0, 20)}, bytes(16), "medium"),
    "dtype": ({"w": entry("O8", [4], 0, 16)}, bytes(16), "low"),
    "metadata": ({"__metadata__": {"a": {"b": 1}}, **TENSOR}, bytes(16), "low"),
    "entry": ({"w": {"dtype": "F32", "shape": [4.5], "data_offsets": [0, 16]}}, b"", "medium"),
    "json": ('{"w": {"dtype": "F32"', b"", "medium"),
    "field": ({"w": TENSOR["w"] | {"loader": "os.system"}}, bytes(16), "low"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie(name: str) -> None:
    header, data, severity = LIES[name]
    assert f"safetensors-{name}" in kinds(header, data)
    report = scan_bytes(safetensors(header, data))
    assert rules_of(report)["safetensors-header"] == severity


def test_offsets_beyond_64_bits() -> None:
    assert "safetensors-offsets" in kinds({"w": entry("F32", [4], 0, 2**64 + 16)})


@pytest.mark.parametrize(
    "text",
    [
        '{"w":%s,"w":%s}',
        '{"w":%s,"\\u0077":%s}',
        '{"__metadata__":{"a":"1","a":"2"},"w":%s}',
        '{"w":{"dtype":"F32","dtype":"F16","shape":[4],"data_offsets":[0,16]}}',
        '{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"d\\u0074ype":"F16"}}',
    ],
)
def test_a_key_that_stands_twice_is_seen_at_every_level(text: str) -> None:
    one = json.dumps(TENSOR["w"])
    header = text.replace("%s", one)
    assert "safetensors-duplicate" in kinds(header)


def test_names_may_hold_anything() -> None:
    names = ['"', "}, {", '},"', "\\", "é\n", "__metadata", "dtype"]
    header = {name: entry("U8", [1], at, at + 1) for at, name in enumerate(names)}
    said = Said("safetensors", safetensors(header, bytes(len(names))))
    assert said.kinds() == []
    facts = [event for event in said.events if isinstance(event, Tensor)]
    assert [fact.count for fact in facts] == [len(names)]


def test_seams_inside_of_strings_are_told_from_those_between_entries() -> None:
    """Metadata larger than a piece, full of what looks like the end of an entry."""
    text = '"},"' * 400_000
    said = Said("safetensors", safetensors({"__metadata__": {"tags": text}, **TENSOR}))
    assert said.kinds() == []
    (metadata,) = [event for event in said.events if isinstance(event, Metadata)]
    assert metadata.value.size == len(text)


def test_many_tensors_are_few_facts() -> None:
    header = {f"layer.{n}.w": entry("U8", [2], 2 * n, 2 * n + 2) for n in range(30_000)}
    said = Said("safetensors", safetensors(header, bytes(60_000)))
    facts = [event for event in said.events if isinstance(event, Tensor)]
    assert [fact.count for fact in facts] == [30_000]
    assert said.kinds() == []


def test_the_order_of_the_header_is_free() -> None:
    header = {"b": entry("U8", [4], 4, 8), "a": entry("U8", [4], 0, 4)}
    assert kinds(header, bytes(8)) == []


@pytest.mark.parametrize("length", [2**63, 100_000_001, 60])
def test_a_header_longer_than_the_file(length: int) -> None:
    data = safetensors(TENSOR, b"", length)
    report = scan_bytes(data)
    assert rules_of(report)["safetensors-header"] == "medium"
    assert not report.complete


def test_a_pickle_behind_the_tensors() -> None:
    found = rules_of(scan_bytes(GOOD + PICKLE))
    assert found["command-execution"] == "critical"
    assert found["trailing-data"] == "high"


def test_a_pickle_in_a_hole() -> None:
    size = len(PICKLE)
    header = {"a": entry("U8", [4], 0, 4), "b": entry("U8", [4], 4 + size, 8 + size)}
    found = rules_of(scan_bytes(safetensors(header, bytes(4) + PICKLE + bytes(4))))
    assert found["command-execution"] == "critical"


def test_text_with_a_brace_in_ninth_place_is_text() -> None:
    report = scan_bytes(b'import {"dtype"} from "x"\n')
    assert [artifact.format for artifact in report.artifacts] == ["text"]


def test_metadata_that_hold_code() -> None:
    data = safetensors(
        {"__metadata__": {"n": "<script>x()</script> https://e.example/x"}, **TENSOR}
    )
    found = rules_of(scan_bytes(data))
    assert found == {"active-metadata": "low", "external-reference": "low"}


def test_a_length_that_reads_as_a_protocol_is_no_pickle() -> None:
    header = json.dumps(TENSOR)
    data = safetensors(header + " " * (0x0180 - len(header)))
    assert data.startswith(b"\x80\x01")
    assert not scan_bytes(data).findings


def test_what_is_wrong_with_one_of_many_tensors_is_told() -> None:
    """Sound tensors are taken all at once; one that is not changes nothing for the others."""
    names = [f"w{i}" for i in range(300)]
    header = {name: entry("U8", [1 + i % 3, 2], 0, 0) for i, name in enumerate(names)}
    end = 0
    for i, one in enumerate(header.values()):
        one["data_offsets"] = [end, end := end + 2 * (1 + i % 3)]
    said = Said("safetensors", safetensors(header, bytes(end)))
    assert said.kinds() == []
    groups = [event for event in said.events if isinstance(event, Tensor)]
    assert [(one.name, one.shape, one.size, one.count) for one in groups] == [
        (f"w{i}", (i + 1, 2), 2 * (i + 1), 100) for i in range(3)
    ]
    header["w7"]["data_offsets"][0] += 1
    said = Said("safetensors", safetensors(header, bytes(end)))
    assert sorted(said.kinds()) == ["safetensors-hole", "safetensors-size"]
    assert sum(one.count for one in said.events if isinstance(one, Tensor)) == 300
