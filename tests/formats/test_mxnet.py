"""MXNet: parameters whose numbers agree, operators that call Python."""

from __future__ import annotations

import json
import struct

import pytest

from modelassay.core.facts import Tensor
from tests.helpers.damage import changes_are_stood, cuts_are_told
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes


def shape(*sides: int, layout: str = "q") -> bytes:
    return struct.pack(f"<I{len(sides)}{layout}", len(sides), *sides)


def dense(*sides: int, data: int | None = None, version: int = 0xF993FAC9, code: int = 0) -> bytes:
    size = 4
    for side in sides:
        size *= side
    head = struct.pack("<II", version, 0) + shape(*sides)
    if not sides:
        return head  # an empty one
    return head + struct.pack("<iiI", 1, 0, code) + bytes(size if data is None else data)


def rows(*sides: int) -> bytes:
    """A sparse array of two rows."""
    head = struct.pack("<II", 0xF993FAC9, 1) + shape(2, *sides[1:]) + shape(*sides)
    return head + struct.pack("<iiII", 1, 0, 0, 6) + shape(2) + bytes(2 * 4 * sides[1] + 16)


def old(*sides: int) -> bytes:
    return shape(*sides, layout="I") + struct.pack("<iiI", 1, 0, 0) + bytes(4 * sides[0])


def params(*arrays: bytes, names: int | None = None, count: int | None = None) -> bytes:
    count = len(arrays) if count is None else count
    listed = b"".join(struct.pack("<Q", 5) + b"arg:w" for _ in range(len(arrays)))
    head = struct.pack("<QQQ", 0x112, 0, count)
    names = len(arrays) if names is None else names
    return head + b"".join(arrays) + struct.pack("<Q", names) + listed


HONEST = params(dense(3, 4), dense(5, version=0xF993FACA), rows(9, 2), old(7), dense())


def symbol(*operators: object) -> bytes:
    nodes = [{"op": "null", "name": "data", "inputs": []}, *operators]
    return json.dumps({"nodes": nodes, "arg_nodes": [0], "heads": [[1, 0, 0]]}).encode()


def test_honest_parameters_are_silent() -> None:
    report = scan_bytes(HONEST, "m.params")
    assert [one.format for one in report.artifacts] == ["mxnet-params"]
    assert report.complete
    assert not report.findings
    tensors = [one.shape for one in Said("mxnet-params", HONEST).events if isinstance(one, Tensor)]
    assert tensors == [(3, 4), (5,), (9, 2), (7,)]


@pytest.mark.parametrize(
    "data",
    [
        params(dense(3, 4), count=1 << 60),
        params(dense(3, 4), names=9),
        params(dense(1 << 40, 1 << 40, data=0)),
        params(dense(3, code=99)),
        params(dense(*[2] * 70, data=0)),
        params(dense(-1, data=4)),
        params(dense(3, data=4)),
    ],
)
def test_parameters_that_do_not_hold(data: bytes) -> None:
    assert rules_of(scan_bytes(data)) == {"model-structure": "medium"}


def test_what_stands_behind() -> None:
    assert "trailing-data" in rules_of(scan_bytes(HONEST + b"#!/bin/sh"))


def test_networks_of_its_own_operators_are_silent() -> None:
    data = symbol({"op": "FullyConnected", "name": "f", "attrs": {"num_hidden": "2"}})
    report = scan_bytes(data, "m-symbol.json")
    assert [one.format for one in report.artifacts] == ["mxnet"]
    assert not report.findings


@pytest.mark.parametrize(
    "node",
    [
        {"op": "Custom", "name": "c", "attrs": {"op_type": "evil"}},
        {"op": "Custom", "name": "c", "param": {"op_type": "evil"}},
        {"op": "_Native", "name": "c", "attr": {"info": "0x41414141"}},
        {"op": "_foreach", "name": "l", "subgraphs": [{"nodes": [{"op": "Custom"}]}]},
    ],
)
def test_operators_that_call_python(node: object) -> None:
    assert rules_of(scan_bytes(symbol(node))) == {"custom-layer": "medium"}


def test_damage() -> None:
    cuts_are_told(HONEST, "mxnet-params")
    changes_are_stood(HONEST)
    changes_are_stood(symbol({"op": "Custom"}), 100)
