"""Literals are read as Python reads them, and nothing else is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.formats.numpy.literal import LiteralError, Pairs, read_literal

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


def plain(value: object) -> object:
    if isinstance(value, Pairs):
        return {key: plain(inner) for key, inner in value}
    if isinstance(value, list | tuple):
        return type(value)(plain(item) for item in value)
    return value


@given(VALUES)
def test_reads_what_python_writes(value: object) -> None:
    assert plain(read_literal(repr(value))) == value


@pytest.mark.filterwarnings("ignore:invalid escape")
@given(st.text(alphabet="()[]{},:'\" -0123L aTrueNoneFals\\xu\n.+*", max_size=40))
def test_agrees_with_python_or_refuses(text: str) -> None:
    try:
        found = plain(read_literal(text))
    except LiteralError:
        return
    text = text.replace("L", "")  # Python 2's long integers
    try:
        expected = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return  # leading zeros, juxtaposed words: a header is no program
    assert found == expected


@pytest.mark.filterwarnings("ignore:invalid escape")
@pytest.mark.parametrize(
    "text", ["(1)", "'\\:'", "(1,)", "()", "[1,]", "{}", "{'a': (1, [2])}", "-1", "u'a'"]
)
def test_shapes_of_brackets(text: str) -> None:
    assert plain(read_literal(text)) == ast.literal_eval(text)


@pytest.mark.parametrize(
    "text", ["(,)", "[1 2]", "{1}", "{1:}", "1,", "(1]", "]", "f''", "1e5", "a"]
)
def test_refuses(text: str) -> None:
    with pytest.raises(LiteralError):
        read_literal(text)


def test_depth_is_bounded() -> None:
    with pytest.raises(LiteralError) as caught:
        read_literal("[" * 1_000_000)
    assert caught.value.nested
