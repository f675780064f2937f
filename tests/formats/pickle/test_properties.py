"""What holds for every stream: it never raises, never goes back, never loses what was there."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core.facts import Call, Fact, Import, Lookup, StateUpdate
from modelassay.core.notation import describe
from modelassay.formats.base import Source
from modelassay.formats.pickle import identify, parse
from modelassay.formats.pickle.machine import Machine
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget
from tests.formats.pickle.run import facts, run
from tests.formats.pickle.streams import DAMAGED, PICKLED, WRITTEN

SOME = settings(max_examples=150, deadline=None)
DEEDS = (Import, Call, StateUpdate, Lookup)


def deeds(machine: Machine) -> Counter[str]:
    """Return what loading would do, and how often."""
    found: Counter[str] = Counter()
    for fact in facts(machine):
        if isinstance(fact, DEEDS):
            found[describe(fact).split(" @")[0]] += fact.count
    return found


@SOME
@given(data=st.one_of(DAMAGED, st.binary(max_size=400)))
def test_never_raises(data: bytes) -> None:
    identify(Memory(data))
    events = list(parse(Source(Memory(data), Budget())))
    machine = run(data)
    assert machine.stopped or machine.error is not None
    assert 0 <= machine.position <= len(data)
    for event in events:
        if isinstance(event, Fact) and event.at.offset is not None:
            assert 0 <= event.at.offset <= len(data)


@SOME
@given(data=WRITTEN | PICKLED, most=st.integers(1, 60))
def test_a_part_keeps_what_it_holds(data: bytes, most: int) -> None:
    machine = Machine(Memory(data), 0, Budget(), most_ops=most)
    machine.run()
    if machine.error is not None:
        return
    part = deeds(run(data[: machine.position]))
    assert not deeds(machine) - part


@SOME
@given(data=WRITTEN | PICKLED | DAMAGED, more=st.binary(max_size=60))
def test_more_bytes_take_nothing_away(data: bytes, more: bytes) -> None:
    before, after = run(data), run(data + more)
    if before.stopped:
        assert deeds(before) == deeds(after)
    elif "does not end" not in str(before.error):
        # The last line of a file is read without its last byte: it is another with more behind it.
        assert not deeds(before) - deeds(after)


@SOME
@given(data=WRITTEN | PICKLED, step=st.integers(1, 12))
def test_reading_by_steps_is_the_same(data: bytes, step: int) -> None:
    machine = Machine(Memory(data), 0, Budget(), most_ops=0)
    last = -1
    while not machine.stopped and machine.error is None:
        machine.most_ops += step
        machine.run()
        assert machine.position > last or machine.error is not None
        last = machine.position
    assert deeds(machine) == deeds(run(data))


def test_every_cut_of_a_stream_keeps_the_call_before_it() -> None:
    data = b"\x80\x04cos\nsystem\n(X\x02\x00\x00\x00idtR}(X\x01\x00\x00\x00aK\x01u."
    whole = deeds(run(data))
    call = 'call os.system("id")'
    assert call in whole
    end = data.index(b"R") + 1
    for cut in range(len(data) + 1):
        told = deeds(run(data[:cut]))
        assert (call in told) == (cut >= end)
        assert ("import os.system" in told) == (cut >= data.index(b"("))
