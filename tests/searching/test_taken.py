"""What is known of the places of a file, against a plain reading of the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelassay.searching.taken import Spans, Taken

PLACES = st.integers(0, 60)


@given(st.lists(st.tuples(PLACES, PLACES)), st.lists(st.tuples(PLACES, PLACES)))
def test_spans_hold_what_any_of_them_holds(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    spans = Spans()
    taken = []
    for group in (first, second):
        for start, end in group:
            spans.add(start, end)
        taken += group
        for place in range(-1, 62):
            assert (place in spans) == any(start <= place < end for start, end in taken)


def test_a_format_closes_its_bytes_to_what_it_holds_as_a_matter_of_course() -> None:
    part, whole = Taken(100), Taken(0)
    part.read(100, 50, "pickle")
    part.read(120, 9, "executable")
    whole.include(part)
    assert whole.holds(100, "zip")
    assert whole.expects(149, "pickle")
    assert not whole.expects(150, "pickle")
    assert not whole.expects(110, "script")
    assert whole.expects(128, "script")
    assert whole.decodes(128)
    assert not whole.decodes(129)
