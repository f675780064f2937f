"""The opcodes by family, and a named sample for each way in which loaders surprise."""

from __future__ import annotations

import pickle
import struct

import pytest

from modelassay.core.facts import Anomaly, Call, Import, StateUpdate
from modelassay.core.notation import describe
from modelassay.core.values import Const
from modelassay.formats.pickle.machine import Machine
from modelassay.io.blob import Blob, Memory
from modelassay.io.budget import Budget
from tests.formats.pickle.run import facts, imports, read, run

CALL = b"(X\x02\x00\x00\x00idtR."


def told(data: bytes) -> list[str]:
    """Return what loading would do, without its places."""
    deeds = (Import, Call, StateUpdate)
    return [describe(f).split(" @")[0] for f in facts(read(data)) if isinstance(f, deeds)]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(b"cos\nsystem\n(S'id'\ntR.", id="REDUCE"),
        pytest.param(b"(S'id'\nios\nsystem\n.", id="INST"),
        pytest.param(b"(S'id'\nios\nsystemX", id="INST-cut-at-the-end"),
        pytest.param(b"(cos\nsystem\nS'id'\no.", id="OBJ"),
        pytest.param(b"(I0x1\n0cos\nsystem\nV\\u0069d\no.", id="hexadecimal-INT"),
        pytest.param(b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.", id="STACK_GLOBAL"),
        pytest.param(
            b"\x80\x04\x8c\x02os\x94\x8c\x06systemh\x00N0\x94000cos\nsystem\n" + CALL, id="memo"
        ),
        pytest.param(b"\x80\x02U\x02osU\x06system\x93U\x02id\x85R.", id="8-bit-strings"),
        pytest.param(b"cos\nsystem\np3\x00x\n0g 3\n" + CALL, id="NUL-in-an-index"),
        pytest.param(b"cos\nsystem\np" + b" " * 5000 + b"1\n0g+1\n" + CALL, id="long-index"),
        pytest.param(b"cos\nsystem\nr\xff\xff\xff\x7f0j\xff\xff\xff\x7f" + CALL, id="far-index"),
        pytest.param(b"cos\nsystem\n2(10" + b"cos\nsystem\n" + CALL, id="POP-of-a-mark"),
        pytest.param(b"cos\nsystem\n(S'id'\nlR.", id="a-list-of-arguments"),
    ],
)
def test_the_call_is_told(make: bytes) -> None:
    names = {fact.name.qualname for fact in facts(read(make)) if isinstance(fact, Import)}
    calls = [fact for fact in facts(read(make)) if isinstance(fact, Call)]
    assert names == {"system"}
    assert len(calls) == 1
    assert "os.system(" in describe(calls[0])


def test_python_2_names_are_renamed_below_protocol_3_only() -> None:
    assert imports(run(b"ccommands\ngetoutput\n.")) == {("subprocess", "getoutput")}
    assert imports(run(b"\x80\x03ccommands\ngetoutput\n.")) == {("commands", "getoutput")}
    both = b"\x80\x03ccommands\nf\n0\x80\x02ccommands\nf\n."
    assert imports(run(both)) == {("commands", "f"), ("subprocess", "f")}


def test_what_a_fence_keeps_from_the_stack_ends_the_stream() -> None:
    for data in (b"N(0N\x85(\x85.", b"N(\x94.", b"NN(\x86.", b"](e(a.", b"(.", b"NN(R."):
        assert run(data).error is not None


def test_pairs_of_an_odd_number_are_set_before_the_error() -> None:
    assert "item m.C() <- {None: None}" in told(b"cm\nC\n)R(NNNu.")


def test_a_name_of_any_length_is_told() -> None:
    name = "path." * 2000 + "system"
    assert imports(run(b"\x80\x04cos\n" + name.encode() + b"\n.")) == {("os", name)}
    text = b"X" + struct.pack("<I", len(name)) + name.encode()
    assert imports(run(b"\x80\x04\x8c\x02os" + text + b"\x93.")) == {("os", name)}


def test_a_frame_that_cuts_a_name_is_read_in_both_ways() -> None:
    data = b"\x80\x04\x95" + struct.pack("<Q", 3) + b"cxxos\nsystem\n)R."
    assert imports(read(data)) == {("xxos", "system"), ("os", "system")}
    assert any(isinstance(f, Anomaly) and f.kind == "frame-straddle" for f in facts(read(data)))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"I01\n", True),
        (b"I00\n", False),
        (b"I+1\n", True),
        (b"I1\n", 1),
        (b"I0x10\n", 16),
        (b"I010\n", 8),
        (b"I 7\n", 7),
        (b"I5\x00x\n", 5),
        (b"L5L\n", 5),
        (b"L1_0\n", 10),
        (b"F1.5\n", 1.5),
        (b"\x8a\x02\xff\xff", -1),
        (b"\x8a\x00", 0),
        (b"J\xff\xff\xff\xff", -1),
        (b"S'a\\x41\\n\\q'\n", "aA\n\\q"),
        (b"T\x02\x00\x00\x00\xc3\xa9", "é"),
        (b"V\\u0041\n", "A"),
        (b"\x96\x01\x00\x00\x00\x00\x00\x00\x00a", b"a"),
    ],
)
def test_constants(line: bytes, value: object) -> None:
    machine = run(line + b".")
    shown = machine.recorder.values.value(machine.result)
    assert isinstance(shown, Const)
    assert (shown.value, type(shown.value)) == (value, type(value))


class Sparse(Blob):
    """A head, a long payload of zeros, a tail; tells how much of it was read."""

    def __init__(self, head: bytes, zeros: int, tail: bytes) -> None:
        self.parts = head, tail
        self.zeros = zeros
        self.size = len(head) + zeros + len(tail)
        self.bytes_read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        head, tail = self.parts
        length = max(0, min(length, self.size - offset))
        self.bytes_read += length
        ends = len(head) + self.zeros
        part = head[offset : offset + length]
        zeros = max(0, min(offset + length, ends) - max(offset, len(head)))
        part += bytes(zeros)
        return part + tail[max(0, offset - ends) : max(0, offset + length - ends)]


@pytest.mark.parametrize("code", [b"B", b"T", b"X"])
def test_payloads_of_any_length_are_stepped_over(code: bytes) -> None:
    from modelassay.formats.pickle.machine import Machine
    from modelassay.io.budget import Budget

    length = 3 << 30
    blob = Sparse(b"\x80\x03" + code + struct.pack("<I", length), length, b"cos\nsystem\n" + CALL)
    machine = Machine(blob, 0, Budget())
    machine.run()
    assert machine.stopped
    assert imports(machine) == {("os", "system")}
    assert blob.bytes_read < 1 << 16


def test_a_million_ways_to_call_one_thing_are_few_facts_and_hide_nothing() -> None:
    data = [b"\x80\x04cm\nC\n\x94"]
    data += [b"h\x00\x8c\x08w%07d\x8c\x06latin1\x86R0" % i for i in range(5000)]
    data.append(b"h\x00\x8c\x01x\x8c\x05rot13\x86R.")
    calls = [fact for fact in facts(run(b"".join(data))) if isinstance(fact, Call)]
    assert len(calls) < 400
    assert sum(call.count for call in calls) == 5001
    assert any(Const("rot13") in call.args for call in calls)
    assert any("?" in describe(call) for call in calls)


def plainly(stream: bytes) -> Machine:
    """Run a stream as one whose result nobody asks for."""
    machine = Machine(Memory(stream), 0, Budget(), keeps_result=False)
    machine.run()
    return machine


def odd(machine: Machine) -> set[str]:
    return {event.kind for event in machine.recorder.events if isinstance(event, Anomaly)}


LONG = [{"id": i, "name": f"n{i}", "pair": (i, 0.5), "raw": b"x" * (i % 300)} for i in range(9000)]


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data_ends_where_the_machine_ends(protocol: int) -> None:
    stream = pickle.dumps(LONG, protocol)
    stepped = plainly(stream + b"tail")
    assert (stepped.stopped, stepped.position, stepped.error) == (True, len(stream), None)
    assert plainly(stream[:-1]).error is not None


@pytest.mark.parametrize(
    "payload", [b"cos\nsystem\n(S'x'\ntR", b"\x82\x07", b"Px\n", b"(ios\nx\n0"]
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_what_stands_behind_plain_data_is_told(payload: bytes, protocol: int) -> None:
    plain = pickle.dumps(LONG, protocol)[:-1]
    frameless = plain[:2] + plain[11:] if protocol == 4 else plain
    for stream in (frameless + payload + b".", payload + frameless + b"."):
        assert plainly(stream).recorder.events


def test_deep_nests_and_far_indexes_are_not_stepped_over() -> None:
    lead = b"(" + b"K\x01" * 50_000 + b"1"
    tuples, pairs = b"N" + b"\x85" * 60_000, b"N" + b"N\x86" * 60_000
    for nest in (tuples, pairs, b"](" * 60_000 + b"e" * 60_000):
        assert odd(plainly(lead + nest + b".")) == {"deep-nesting"}
    assert odd(plainly(lead + b"Nr\xff\xff\xff\x7f" + b".")) == {"memo-index"}
