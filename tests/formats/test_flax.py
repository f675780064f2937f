"""Flax checkpoints: arrays in MessagePack, and what is packed beside them."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core.facts import Tensor
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes

PAYLOAD = b"\x80\x04cos\nsystem\n(X\x02\x00\x00\x00hitR."


class Ext:
    def __init__(self, type: int, data: bytes) -> None:
        self.type = type
        self.data = data


def pack(value: Any) -> bytes:
    if isinstance(value, Ext):
        return struct.pack(">BIb", 0xC9, len(value.data), value.type) + value.data
    if isinstance(value, dict):
        return struct.pack(">BH", 0xDE, len(value)) + b"".join(
            pack(key) + pack(item) for key, item in value.items()
        )
    if isinstance(value, list | tuple):
        return bytes([0x90 | len(value)]) + b"".join(pack(item) for item in value)
    if isinstance(value, str):
        return bytes([0xA0 | len(value)]) + value.encode()
    if isinstance(value, bytes):
        return struct.pack(">BI", 0xC6, len(value)) + value
    if value is None:
        return b"\xc0"
    if isinstance(value, float):
        return struct.pack(">Bd", 0xCB, value)
    return bytes([value]) if 0 <= value < 128 else struct.pack(">BI", 0xCE, value)


def array(*shape: int, dtype: str = "float32", data: bytes | None = None) -> Ext:
    size = 4
    for side in shape:
        size *= side
    return Ext(1, pack([list(shape), dtype, bytes(size) if data is None else data]))


STATE = {
    "step": 7,
    "params": {"Dense_0": {"kernel": array(8, 300), "bias": array(300)}},
    "scale": Ext(3, pack([[], "float32", bytes(4)])),
    "z": Ext(2, pack([1.0, 2.0])),
    "opt_state": {"0": None, "list": [1, 2.0, "x", b"raw"]},
}


def test_an_honest_state_is_silent() -> None:
    report = scan_bytes(pack(STATE), "flax_model.msgpack")
    assert [one.format for one in report.artifacts] == ["flax"]
    assert report.complete
    assert not report.findings
    tensors = [e for e in Said("flax", pack(STATE)).events if isinstance(e, Tensor)]
    assert [(one.dtype, one.shape) for one in tensors] == [
        ("float32", (8, 300)),
        ("float32", (300,)),
        ("float32", ()),
    ]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (array(2, dtype="object", data=PAYLOAD), "packed-object"),
        (array(2, dtype="O", data=PAYLOAD), "packed-object"),
        (Ext(42, PAYLOAD), "packed-object"),
        (array(3, data=bytes(8)), "model-structure"),
        (array(1 << 31, 1 << 31, data=bytes(8)), "model-structure"),
        (Ext(1, b"\x93"), "model-structure"),
    ],
)
def test_values_that_are_no_arrays(value: Ext, rule: str) -> None:
    found = rules_of(scan_bytes(pack({"params": value, "step": 1})))
    assert found[rule] == "medium"
    if PAYLOAD in value.data:
        assert found["command-execution"] == "critical"


@pytest.mark.parametrize(
    "data",
    [
        b"\x82\xa1a\x01\xdd\xff\xff\xff\xff",
        b"\x82\xa1a\xc6\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff\xa1a",
        b"\x82\xa1a" + b"\x91" * 5000,
        b"\x82\xa1a\xc1",
    ],
)
def test_claims_beyond_the_file(data: bytes) -> None:
    said = Said("flax", data)
    assert said.kinds() == ["model-structure"]
    assert said.incomplete()


def test_bytes_behind_a_state() -> None:
    found = rules_of(scan_bytes(pack(STATE) + PAYLOAD))
    assert found["trailing-data"] == "medium"
    assert found["command-execution"] == "critical"


@settings(max_examples=300, deadline=None)
@given(
    place=st.integers(0, 20_000),
    patch=st.binary(min_size=1, max_size=8),
    drop=st.integers(0, 4),
)
def test_mutations_never_raise(place: int, patch: bytes, drop: int) -> None:
    data = pack(STATE)
    place %= min(len(data), 200)
    report = scan_bytes(data[:place] + patch + data[place + drop :])
    assert not any("defect" in problem.advice for problem in report.errors)
