"""Paths of artifacts: what is a name and what is a way into a file is never mixed up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelassay.core import nesting

NAMES = st.lists(st.text("ab.!\\/#", max_size=6), min_size=1, max_size=4)


@given(NAMES)
def test_a_path_comes_apart_into_the_names_it_was_put_together_of(names: list[str]) -> None:
    path = "!".join(map(nesting.escape, names))
    assert [nesting.unescape(part) for part in nesting.split(path)] == names
    assert nesting.outer(path) == names[0]
    assert path.startswith(nesting.folder(path))


def test_a_path_without_marks_stays_as_it_is() -> None:
    assert nesting.escape("a\\b/c.pkl") == "a\\b/c.pkl"
    assert nesting.split("a\\b/c.pkl!d/e") == ["a\\b/c.pkl", "d/e"]


def test_what_stands_in_a_folder_a_file_or_a_member_has_a_name() -> None:
    names = ("a/b.zip!c/d.pkl", "a/b.zip!d.pkl", "a\\d.pkl", r"a\!b.pkl", r"a\!/d.pkl")
    assert [nesting.name(path) for path in names] == ["d.pkl"] * 3 + ["a!b.pkl", "d.pkl"]
