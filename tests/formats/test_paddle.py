"""PaddlePaddle programs and parameters, and pointers of Git LFS."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.io.textproto import varint
from tests.helpers.scanning import rules_of, scan_bytes


def field(number: int, value: bytes | int | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value & (1 << 64) - 1)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def operator(kind: str, **attributes: str) -> bytes:
    inner = b"".join(
        field(4, field(1, name) + field(2, 2) + field(5, text)) for name, text in attributes.items()
    )
    return field(4, field(1, field(1, "X")) + field(3, kind) + inner)


def program(*blocks: tuple[bytes, ...]) -> bytes:
    return b"".join(
        field(1, field(1, n) + field(2, -1) + field(3, field(1, "v")) + b"".join(operators))
        for n, operators in enumerate(blocks)
    ) + field(4, field(1, 0))


def pir(*kinds: str, path: str | None = None) -> bytes:
    attributes = [{"AT": {"#": "0.a_str", "D": path}, "N": "file_path"}] if path else []
    operators: list[dict[str, Any]] = [{"#": kind, "A": attributes, "I": []} for kind in kinds]
    blocks = [{"#": "block_0", "args": [], "ops": operators}]
    value = {
        "base_code": {"magic": "pir", "version": 4},
        "program": {"regions": [{"#": "region_0", "blocks": blocks}]},
    }
    return json.dumps(value).encode()


PLAIN = (operator("feed"), operator("mul"), operator("fetch"))


@pytest.mark.parametrize("data", [program(PLAIN), program(PLAIN, PLAIN), pir("1.data", "1.relu")])
def test_honest_programs_are_silent(data: bytes) -> None:
    report = scan_bytes(data, "m.pdmodel")
    assert [one.format for one in report.artifacts] == ["paddle"]
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize(
    ("data", "severity"),
    [
        (program((operator("feed"), operator("py_func"))), "high"),
        (program(PLAIN, (operator("py_func"),)), "high"),
        (program((operator("load_combine", file_path="params"),)), "medium"),
        (program((operator("save", file_path="../../x"),)), "high"),
        (program((operator("listen_and_serv"),)), "medium"),
        (pir("1.relu", "1.py_func"), "high"),
        (pir("1.save_combine", path="/etc/x"), "high"),
        (pir("1.load_combine_", path="params"), "medium"),
    ],
)
def test_operators_that_reach_out(data: bytes, severity: str) -> None:
    assert rules_of(scan_bytes(data)) == {"paddle-operator": severity}


def tensor(*shape: int, code: int = 5, size: int | None = None) -> bytes:
    description = field(1, code) + b"".join(field(2, side) for side in shape)
    total = 4
    for side in shape:
        total *= side
    head = struct.pack("<IQII", 0, 0, 0, len(description))
    return head + description + b"\1" * (total if size is None else size)


def test_parameters() -> None:
    report = scan_bytes(tensor(4) + tensor(8, 4) + tensor(4), "m.pdiparams")
    assert [one.format for one in report.artifacts] == ["paddle-parameters"]
    assert report.complete
    assert not report.findings


def test_parameters_that_do_not_hold() -> None:
    payload = b"\x80\x04cos\nsystem\n(X\x02\x00\x00\x00hitR."
    for bad in (tensor(4, size=3), tensor(1 << 40, size=1), tensor(-1, size=0), tensor(4, code=9)):
        report = scan_bytes(tensor(4) + bad, "m.pdiparams")
        assert rules_of(report) == {"model-structure": "medium"}
        assert not report.complete
    found = rules_of(scan_bytes(tensor(4) + bytes(4) + payload))
    assert found["command-execution"] == "critical"


def test_pointers_are_never_clean() -> None:
    oid = "oid sha256:" + "ab" * 32
    text = f"version https://git-lfs.github.com/spec/v1\n{oid}\nsize 12345\n"
    report = scan_bytes(text.encode(), "model.safetensors")
    assert [one.format for one in report.artifacts] == ["lfs-pointer"]
    assert not report.complete
    assert not report.findings
    prose = scan_bytes(text.replace("oid", "aid").encode(), "notes")
    assert [one.format for one in prose.artifacts] == ["text"]


@settings(max_examples=300, deadline=None)
@given(
    data=st.sampled_from([program(PLAIN), pir("1.py_func", path="x"), tensor(4) + tensor(2)]),
    place=st.integers(0, 400),
    patch=st.binary(min_size=1, max_size=8),
    drop=st.integers(0, 4),
)
def test_mutations_never_raise(data: bytes, place: int, patch: bytes, drop: int) -> None:
    place %= len(data)
    report = scan_bytes(data[:place] + patch + data[place + drop :])
    assert not any("defect" in problem.advice for problem in report.errors)
