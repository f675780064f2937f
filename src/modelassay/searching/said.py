"""The texts that facts hold, which are searched wherever in a file they stand."""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Code, Fact, Metadata, Template
from modelassay.core.values import Const, walk


def texts(fact: Fact) -> Iterator[str]:
    """Yield the text that a fact holds."""
    match fact:
        case Metadata(value=value):
            values = [value]
        case Template(args=args, chain=chain):
            values = [*args, *map(Const, chain)]
        case Code(references=references):
            values = [Const(text) for one in references for text in one.args]
        case _:
            return
    for value in values:
        for one in walk(value):
            if isinstance(one, Const) and isinstance(one.value, str):
                yield one.value
