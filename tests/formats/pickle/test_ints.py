"""Growable arrays of integers: one behaviour in both forms."""

from __future__ import annotations

import pytest

from modelassay.formats.pickle.ints import DEEPEST, Ints
from modelassay.formats.pickle.store import DICT, LIST, TUPLE, Store


def stack_of(*items: int) -> Ints:
    stack = Ints("q")
    stack.extend(items)
    return stack


@pytest.mark.parametrize(("code", "bits"), [("i", 31), ("q", 63)])
def test_an_integer_that_does_not_fit_is_refused(code: str, bits: int) -> None:
    ints = Ints(code, [0])
    for number in ((1 << bits) - 1, -(1 << bits)):
        ints.append(number)
        ints[0] = number
        assert (ints[0], ints[-1]) == (number, number)
    for number in (1 << bits, -(1 << bits) - 1):
        with pytest.raises(OverflowError):
            ints.append(number)
        with pytest.raises(OverflowError):
            ints[0] = number
    assert len(ints) == 3


def test_an_index_beyond_the_end_is_refused() -> None:
    ints = Ints("i", range(10))
    assert list(ints[2:9:3]) == [2, 5, 8]
    assert list(ints[8:20]) == [8, 9]
    ints.cut(4)
    for index in (4, -5, 1 << 40):
        with pytest.raises(IndexError):
            ints[index]
        with pytest.raises(IndexError):
            ints[index] = 1
    assert list(ints) == [0, 1, 2, 3]


def test_the_stack_gives_its_items_up() -> None:
    store, stack = Store(100), stack_of(1, 2, 3, 4)
    group = store.group(TUPLE, stack, 2)
    node = store.empty(DICT)
    store.extend(node, stack, 0, 64)
    assert len(stack) == 0
    assert list(store.items(group)) == [3, 4]
    assert list(store.items(node)) == [1, 2]


def test_a_container_is_deeper_than_what_it_holds() -> None:
    store, stack = Store(100), stack_of(7)
    for depth in range(1, 60):
        stack.append(store.group(TUPLE, stack, 0))
        assert store.depth(stack[-1]) == depth
    node = store.empty(LIST)
    for count in (1, 40, 1):
        store.extend(node, stack_of(*[5] * count), 0, 64)
        assert store.depth(node) == 1
    store.extend(node, stack, 0, 64)
    assert store.depth(node) == 60
    assert store.size(node, 100) == 43


def test_depth_has_an_end_that_four_bytes_hold() -> None:
    store = Store(100)
    inner = store.group(TUPLE, Ints("q"), 0)
    store.cells[-inner - 1] = TUPLE | DEEPEST << 4
    outer = store.group(TUPLE, stack_of(inner), 0)
    node = store.empty(LIST)
    store.extend(node, stack_of(outer), 0, 64)
    assert store.depth(outer) == store.depth(node) == DEEPEST
