"""Plain data is stepped over in two ways, by a loop and by expressions: they take the same."""

from __future__ import annotations

import pickle
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.formats.pickle import patterns, steps
from modelassay.formats.pickle.plain import step_over
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget
from tests.formats.pickle.streams import DAMAGED, PICKLED, WRITTEN

SOME = settings(max_examples=300, deadline=None)
#: A long constant is left by the expressions to what reads one opcode.
LONG = re.compile(rb"[XB].(?!\0\0\0)", re.DOTALL)
VALUES = (None, True, 7, 300, 1 << 40, -5, 1.5, "a" * 30, "é" * 200)
#: What protocols below 4 call something for.
NEWER = (b"x" * 255, b"y" * 300, frozenset({"a", "b"}))


def value(random_: random.Random, depth: int, values: tuple[object, ...]) -> object:
    kind = random_.randrange(9) if depth else 0
    if kind <= 5:
        return random_.choice(values)
    inner = [value(random_, depth - 1, values) for _ in range(random_.randrange(5))]
    return {6: tuple, 7: list, 8: lambda items: dict(enumerate(items))}[kind](inner)


def both(data: bytes) -> tuple[int, bool]:
    """Step over `data` in both ways."""
    taken, nested = steps.step(data)
    other, other_nested = patterns.step(data)
    if not (other < taken and LONG.match(data, other)):
        assert (taken, nested) == (other, other_nested)
    return taken, nested


@pytest.mark.parametrize("protocol", range(6))
def test_data_of_every_protocol_is_stepped_over(protocol: int) -> None:
    random_ = random.Random(protocol)
    for _ in range(100):
        values = VALUES + NEWER if protocol >= 4 else VALUES
        data = pickle.dumps([value(random_, 4, values) for _ in range(8)], protocol)
        data = data[:2] + data[11:] if data[2:3] == b"\x95" else data
        assert both(data) == (len(data) - 1, False)


@SOME
@given(data=st.one_of(PICKLED, WRITTEN, DAMAGED, st.binary(max_size=200)))
def test_both_take_the_same(data: bytes) -> None:
    taken, _ = both(data)
    assert 0 <= taken <= len(data)


@pytest.mark.parametrize(
    "operand",
    [b"r\0\0\x10\0", b"r\0\0\0\1", b"\x80\6", b"cos\nsystem\n", b"p1x\n", b"p1234567\n", b"g\n"],
)
def test_what_may_mean_more_is_not_stepped_over(operand: bytes) -> None:
    assert both(b"]K\1" + operand + b"K\2K\3") == (3, False)


@pytest.mark.parametrize(
    "cut", [b"K", b"J\0\0", b"X\1\0", b"X\2\0\0\0a", b"\x8c", b"\x8c\2a", b"I1"]
)
def test_an_opcode_that_is_cut_is_not_stepped_over(cut: bytes) -> None:
    assert both(b"]N" + cut) == (2, False)


@pytest.mark.parametrize(
    "level", [b"]", b"]\x94", b"(", b"]K\1", b"}q\1K\2", b"\x85", b"K\1\x86", b"K\1K\2\x87", b"a"]
)
def test_a_deep_nest_ends_the_stepping(level: bytes) -> None:
    assert steps.step(b")" + level * 4000)[1]
    assert patterns.step(b")" + level * 4000)[1]
    assert step_over(Memory(b")" + level * 4000 + b"."), 0, 0, Budget())[1] is False
    assert both(b")" + level * 500) == (1 + 500 * len(level), False)
