"""Flatbuffers: tables are read, and what leads outside is noted and left out."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.io.blob import Memory
from modelassay.io.flatbuffer import Flatbuffer
from tests.formats.wire import Numbers, Table, flatbuffer

WHOLE = flatbuffer(
    Table(b"\7\0\0\0", "name", [Table(b"\1\0\0\0"), Table(b"\2\0\0\0")], None, Numbers([3, -1])),
    b"TEST",
)


def test_a_table_is_read() -> None:
    buffer = Flatbuffer(Memory(WHOLE))
    root = buffer.root()
    assert root is not None
    assert root.number(0) == 7
    assert root.text(1) == "name"
    assert [table.number(0) for table in root.tables(2)] == [1, 2]
    assert root.numbers(4) == [3, -1]
    assert (root.number(3, default=5), root.text(3), root.table(3), root.numbers(9)) == (
        *(5, ""),
        *(None, []),
    )
    assert buffer.faults == []


def _walk(data: bytes) -> Flatbuffer:
    buffer = Flatbuffer(Memory(data))
    root = buffer.root()
    if root is not None:
        root.number(0)
        root.text(1)
        root.numbers(4)
        for table in root.tables(2):
            table.number(0, "<Q")
    return buffer


@given(st.binary(max_size=100))
def test_bytes_of_any_kind_are_stood(data: bytes) -> None:
    _walk(data)


@pytest.mark.parametrize("cut", range(len(WHOLE)))
def test_every_cut_is_noted_or_harmless(cut: int) -> None:
    buffer = _walk(WHOLE[:cut])
    assert buffer.faults or cut >= len(WHOLE) - 4


@given(st.integers(0, len(WHOLE) - 4), st.integers(0, 2**32 - 1))
def test_every_offset_may_lie(at: int, value: int) -> None:
    _walk(WHOLE[:at] + struct.pack("<I", value) + WHOLE[at + 4 :])


@pytest.mark.parametrize("root", [0, 2, 3, len(WHOLE), 2**32 - 1])
def test_a_root_that_leads_nowhere(root: int) -> None:
    buffer = Flatbuffer(Memory(struct.pack("<I", root) + WHOLE[4:]))
    assert buffer.root() is None
    assert buffer.faults
