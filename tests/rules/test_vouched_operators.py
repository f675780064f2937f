"""A project vouches for its own operators as for its callables."""

from __future__ import annotations

import pytest

from modelassay.core.notation_reader import read
from modelassay.rules import custom_operator
from modelassay.rules.base import Subject

GRAPH = "graph onnx main(x) -> (y) { y = my.domain:Op(x) }"


@pytest.mark.parametrize(
    ("vouched", "found"),
    [((), 1), (("my.domain:*",), 0), (("my.domain:Op",), 0), (("other:*",), 1), (("Op",), 1)],
)
def test_vouched_operators_are_silent(vouched: tuple[str, ...], found: int) -> None:
    subject = Subject([read(GRAPH)], "onnx", vouched)
    assert len(list(custom_operator.check(subject))) == found
