"""The wire format: what is well formed is read, what is not is noted with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.io.blob import Blob, Memory
from modelassay.io.protobuf import BYTES, VARINT, Field, Trial, Wire, starts_message, varint
from modelassay.io.textproto import varint as written
from tests.formats.wire import field

FIELDS = st.lists(
    st.tuples(st.integers(1, 2**29 - 1), st.integers(0, 2**64 - 1) | st.binary(max_size=40)),
    max_size=8,
)


def read(data: bytes) -> tuple[list[Field], Wire]:
    wire = Wire(Memory(data))
    return list(wire.fields()), wire


@given(FIELDS)
def test_what_is_written_is_read(fields: list[tuple[int, int | bytes]]) -> None:
    data = b"".join(field(number, value) for number, value in fields)
    met, wire = read(data)
    assert wire.faults == []
    assert [f.number for f in met] == [number for number, _ in fields]
    for one, (_, value) in zip(met, fields, strict=True):
        assert (one.value if one.wire == VARINT else wire.bytes(one)) == value


@given(st.integers(0, 2**64 - 1))
def test_varints(value: int) -> None:
    data = written(value)
    assert varint(data, 0) == (value, len(data))


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_end(data: bytes) -> None:
    met, wire = read(data)
    ends = [one.end if one.wire == BYTES else one.at for one in met]
    assert ends == sorted(ends)
    assert all(end <= len(data) for end in ends)
    assert all(0 <= fault.offset <= len(data) for fault in wire.faults)


@given(FIELDS, st.data())
def test_a_file_that_is_cut_keeps_what_it_has(
    fields: list[tuple[int, int | bytes]], data: st.DataObject
) -> None:
    whole = b"".join(field(number, value) for number, value in fields)
    cut = data.draw(st.integers(0, len(whole)))
    met, _ = read(whole[:cut])
    all_fields, _ = read(whole)
    assert [f.number for f in met] == [f.number for f in all_fields[: len(met)]]
    assert starts_message(whole[:cut]) or cut == 0


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x08" + b"\xff" * 10 + b"\1", "more than 10 bytes"),
        (b"\x08\xff", "cut short"),
        (b"\xff" * 11, "more than 10 bytes"),
        (b"\x00\x01", "field 0"),
        (b"\x0e\x00", "of type 6"),
        (b"\x0f\x00", "of type 7"),
        (b"\x0a\x05abc", "beyond its message"),
        (b"\x09abc", "beyond its message"),
        (b"\x0a" + written(2**63), "beyond its message"),
        (b"\x0b\x08\x01", "not closed"),
        (b"\x0c", "not closed as they are opened"),
        (b"\x0b" * 200, "not closed as they are opened"),
    ],
)
def test_what_is_wrong_is_noted(data: bytes, said: str) -> None:
    _, wire = read(data)
    assert any(said in fault.message for fault in wire.faults)


def test_groups_are_passed_over() -> None:
    met, wire = read(b"\x0b\x10\x01\x0c" + field(3, 7))
    assert [(f.number, f.value) for f in met] == [(3, 7)]
    assert wire.faults == []


def test_a_field_is_cut_at_the_end_of_its_message() -> None:
    inner = b"\x0a\x09abc"
    wire = Wire(Memory(field(1, inner) + field(2, "x")))
    outer = list(wire.fields())
    cut = list(wire.inside(outer[0]))
    assert [wire.bytes(f) for f in cut] == [b"abc"]
    assert [f.number for f in outer] == [1, 2]
    assert len(wire.faults) == 1


class Counted(Blob):
    """Zero bytes without end, but for what is given; counts what is read."""

    def __init__(self, data: dict[int, bytes], size: int) -> None:
        self.data = data
        self.size = size
        self.read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        self.read += length
        out = bytearray(length)
        for at, data in self.data.items():
            for index, byte in enumerate(data, at - offset):
                if 0 <= index < length:
                    out[index] = byte
        return bytes(out)


def test_payloads_are_not_read() -> None:
    size = 1 << 32
    head = b"\x0a" + written(size)
    blob = Counted({0: head, len(head) + size: field(2, "end")}, len(head) + size + 5)
    wire = Wire(blob)
    assert [f.number for f in wire.fields()] == [1, 2]
    assert blob.read < 10_000


def test_a_trial_ends_after_so_many_fields_nested_ones_too() -> None:
    nested = b"\x0a\x04\x08\x01\x08\x02"
    trial = Trial(Memory(nested * 10), most=5)
    fields = []
    for one in trial.fields():
        fields.append(one)
        fields += trial.inside(one)
    assert len(fields) == 5 and trial.left == 0
    assert not list(trial.fields())
    assert len(list(Wire(Memory(nested * 10)).fields())) == 10
