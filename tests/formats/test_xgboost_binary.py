"""XGBoost models of before 2.1: with and without the magic, trees and lines."""

from __future__ import annotations

import struct

import pytest

from tests.helpers.damage import changes_are_stood, cuts_are_told
from tests.helpers.scanning import rules_of, scan_bytes

Node = tuple[int, int, int]
SPLIT: tuple[Node, ...] = ((1, 2, 3), (-1, -1, 0), (-1, -1, 0))
kinds = pytest.mark.parametrize("kind", ["gbtree", "dart", "gblinear"])
magics = pytest.mark.parametrize("magic", [b"binf", b""])


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def tree(nodes: tuple[Node, ...] = SPLIT, claimed: int | None = None) -> bytes:
    head = struct.pack("<6i", 1, len(nodes) if claimed is None else claimed, 0, 0, 4, 0)
    body = b"".join(struct.pack("<iiiIf", -1, a, b, asked, 0.5) for a, b, asked in nodes)
    return head + bytes(124) + body + bytes(16 * len(nodes))


def model(
    kind: str = "gbtree", *trees: bytes, count: int | None = None, poisson: int | None = None
) -> bytes:
    more = kind != "dart"
    data = struct.pack("<fIiiiI", 0.5, 4, 0, more, 1, poisson if poisson is not None else 1)
    data += bytes(112) + text("count:poisson" if poisson is not None else "reg:linear") + text(kind)
    if kind == "gblinear":
        data += bytes(136) + struct.pack("<Q5f", 5, *[1.0] * 5)
    else:
        data += struct.pack("<I", len(trees) if count is None else count)
        data += bytes(156) + b"".join(trees) + bytes(4 * len(trees))
        data += struct.pack("<Q", len(trees)) + bytes(4 * len(trees)) if kind == "dart" else b""
    data += struct.pack("<Q", 1) + text("best") + text("1") if more else b""
    data += text("0.7") if poisson == 0 else b""
    return data + struct.pack("<Q", 1) + text("rmse")


@magics
@kinds
def test_honest_models_are_silent(kind: str, magic: bytes) -> None:
    report = scan_bytes(magic + model(kind, tree(), tree()), "x.model")
    assert [one.format for one in report.artifacts] == ["xgboost-binary"]
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize("major", [0, 1])
def test_the_step_of_poisson(major: int) -> None:
    assert not scan_bytes(model("gbtree", tree(), poisson=major)).findings


@pytest.mark.parametrize(
    "data",
    [
        model("gbtree", tree(((1, 9, 0), *SPLIT[1:]))),
        model("gbtree", tree(((-7, 2, 0), *SPLIT[1:]))),
        model("gbtree", tree(((1, 2, 4), *SPLIT[1:]))),
        model("gbtree", tree(claimed=1 << 30)),
        model("gbtree", tree(claimed=-1)),
        model("gbtree", tree(()), tree()),
        model("gbtree", tree(), count=1 << 31),
        model("gblinear").replace(struct.pack("<Q", 5) + b"\0\0\x80", b"\xff" * 11),
    ],
)
def test_models_that_do_not_hold(data: bytes) -> None:
    assert rules_of(scan_bytes(data)) == {"model-structure": "medium"}


def test_what_stands_behind() -> None:
    report = scan_bytes(model("gbtree", tree()) + b"\x80\x04cos\nsystem\n(X\2\0\0\0idR.")
    assert {"trailing-data", "command-execution"} <= set(rules_of(report))


def test_damage() -> None:
    data = b"binf" + model("dart", tree())
    cuts_are_told(data, "xgboost-binary", step=5)
    changes_are_stood(data)
