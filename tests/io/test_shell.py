"""Command lines: which commands feed which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.io.shell import pipelines, write


def _written(text: str) -> list[str]:
    return [write(pipeline) for pipeline in pipelines(text)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a | b |& c", ["a | b | c"]),
        ("a && b || c; d & e", ["a", "b", "c", "d", "e"]),
        ("# a | b\nc # d", ["c"]),
        ("'a b'\"c\"d\\ e", ["'a bcd e'"]),
        ('bash -c "$(curl x)"', ["curl x | bash -c '$'"]),
        ("bash <(curl x)", ["curl x | bash '$'"]),
        ("eval `a | b`", ["a | b | eval '$'"]),
        ("(a; b | c)", ["a", "b | c"]),
        ("$'\\x63\\157p' x", ["cop x"]),
        ("a \\\n  b", ["a b"]),
        ("a >& /dev/tcp/h/1 0>&1", ["a >& /dev/tcp/h/1 0>& 1"]),
        ("x=$((1 + 2)) y", ["'x=$' y"]),
        ("f() { a | b; }", ["'f()' a | b"]),
        ("a <<EOF\nb | c\nEOF", ["a << EOF", "b | c", "EOF"]),
    ],
)
def test_pipelines(text: str, lines: list[str]) -> None:
    assert _written(text) == lines


def test_nesting_is_bounded() -> None:
    assert _written("$(" * 50_000 + "a")
    assert _written("(" * 50_000 + "a")[:1] == []


@given(st.text(alphabet="ab |&;()<>$`'\"\\\n{}#-/=", max_size=60))
def test_any_text_is_read_and_what_is_written_is_read_back(text: str) -> None:
    for pipeline in pipelines(text):
        again = next(iter(pipelines(write(pipeline))), None)
        words = [one.words for one in pipeline.commands]
        assert again is not None
        assert len(again.commands) >= 1
        assert words
