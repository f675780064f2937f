"""Torch7: tensors and tables are silent, functions are told wherever they stand."""

from __future__ import annotations

import struct

import pytest

from modelassay.core.facts import Tensor
from tests.helpers.damage import changes_are_stood, cuts_are_told
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes

EXECUTE = b"\x1bLJ\x02\0os\0execute\0echo inert\0"
HARMLESS = b"\x1bLua\x51\0math\0floor\0"


class Writer:
    """Objects of Lua in one of the two forms."""

    def __init__(self, ascii: bool = False) -> None:
        self.ascii = ascii
        self.index = 0

    def integers(self, *values: int, layout: str = "i") -> bytes:
        if self.ascii:
            return b" ".join(b"%d" % value for value in values) + b"\n"
        return struct.pack(f"<{len(values)}{layout}", *values)

    def longs(self, *values: int) -> bytes:
        return self.integers(*values, layout="q") if values else b""

    def number(self, value: float) -> bytes:
        return self.integers(1) + (b"%g\n" % value if self.ascii else struct.pack("<d", value))

    def chars(self, data: bytes) -> bytes:
        return self.integers(len(data)) + data + (b"\n" if self.ascii else b"")

    def string(self, text: str) -> bytes:
        return self.integers(2) + self.chars(text.encode())

    def fresh(self, kind: int) -> bytes:
        self.index += 1
        return self.integers(kind) + self.integers(self.index)

    def table(self, *items: bytes) -> bytes:
        return self.integers(len(items)) + b"".join(items)

    def instance(self, name: str, inner: bytes, version: bool = True) -> bytes:
        stated = self.chars(b"V 1") if version else b""
        return stated + self.chars(name.encode()) + inner

    def tensor(self, *shape: int) -> bytes:
        count = 1
        for side in shape:
            count *= side
        start = self.fresh(4)
        sizes = self.integers(len(shape)) + self.longs(*shape) + self.longs(*shape)
        data = b"0.5 " * count + b"\n" if self.ascii else bytes(4 * count)
        storage = self.fresh(4) + self.instance("torch.FloatStorage", self.longs(count) + data)
        return start + self.instance("torch.FloatTensor", sizes + self.longs(1) + storage)


def model(w: Writer, code: bytes | None = None, kind: int = 8) -> bytes:
    start = w.fresh(4)
    inside = w.fresh(3)
    items = [w.string("weight") + w.tensor(2, 3), w.string("train") + w.integers(5, 1)]
    items.append(w.string("rate") + w.number(0.5))
    items.append(w.string("self") + w.integers(4) + w.integers(1))
    if code is not None:
        head = w.fresh(kind) if kind != 6 else w.integers(6)
        body = head + w.chars(code)
        items.append(w.string("f") + body + w.fresh(3) + w.table())
    return start + w.instance("nn.Linear", inside + w.table(*items))


forms = pytest.mark.parametrize("ascii", [False, True])


@forms
def test_honest_objects_are_silent(ascii: bool) -> None:
    for data in (model(Writer(ascii)), Writer(ascii).tensor(4)):
        report = scan_bytes(data, "m.t7")
        assert [one.format for one in report.artifacts] == ["torch7"]
        assert report.complete
        assert not report.findings
    assert [e.shape for e in Said("torch7", model(Writer(ascii))).events if isinstance(e, Tensor)]


@forms
def test_tables_without_a_class(ascii: bool) -> None:
    w = Writer(ascii)
    data = w.fresh(3) + w.table(w.string("a") + w.number(1), w.number(1) + w.tensor(2))
    report = scan_bytes(data)
    assert [one.format for one in report.artifacts] == ["torch7"]
    assert not report.findings


@forms
@pytest.mark.parametrize("kind", [6, 7, 8])
@pytest.mark.parametrize("code", [EXECUTE, b"return io.popen('echo inert')"])
def test_functions_that_reach_out(code: bytes, kind: int, ascii: bool) -> None:
    report = scan_bytes(model(Writer(ascii), code, kind), "m.t7")
    assert rules_of(report) == {"lua-function": "high"}
    assert report.complete


def test_other_functions_need_a_person() -> None:
    assert rules_of(scan_bytes(model(Writer(), HARMLESS))) == {"lua-function": "medium"}


def test_a_function_alone() -> None:
    w = Writer()
    data = w.fresh(8) + w.chars(EXECUTE) + w.fresh(3) + w.table()
    assert rules_of(scan_bytes(data)) == {"lua-function": "high"}


def test_classes_that_read_themselves_are_not_clean() -> None:
    w = Writer()
    report = scan_bytes(w.fresh(4) + w.instance("tds.Hash", b"\x99" * 40))
    assert not report.complete
    assert "model-structure" in rules_of(report)


def test_claims_beyond_the_file() -> None:
    w = Writer()
    start = w.fresh(4)
    for data in (
        start + w.instance("torch.FloatStorage", w.longs(1 << 60)),
        start + w.instance("torch.FloatTensor", w.integers(1 << 30)),
        start + w.instance("nn.X", w.fresh(3) + w.integers(-5)),
    ):
        assert rules_of(scan_bytes(data)) == {"model-structure": "medium"}


@forms
def test_damage(ascii: bool) -> None:
    data = model(Writer(ascii), EXECUTE)
    honest = model(Writer(ascii))
    cuts_are_told(honest, "torch7", whole=[len(honest) - 1] if ascii else ())
    changes_are_stood(data)
