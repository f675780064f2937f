"""The graph of a `torch.export` archive: what its nodes call, and the expressions in its shapes.

Source: `torch/_export/serde/schema.py` and `serialize.py` (`deserialize_operator`,
`_parse_sym_expr`) of PyTorch 2.13. A loader follows the target of a node from `torch`, `operator`
or `math` by whatever attributes it names, and gives the text of an expression to `sympy.sympify`,
which evaluates it as Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code, CodeReference, Location
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.pysource import source_fact
from modelassay.io.blob import Blob
from modelassay.io.json import JsonError, entries, read_json

_LARGEST: Final = 1 << 28
_LONGEST: Final = 100_000
_MOST: Final = 20_000
_RANGES: Final = "range_constraints."


def identify(blob: Blob) -> bool:
    """Never by itself: the archive around it tells."""
    return False


def parse(source: Source) -> Iterator[Event]:
    """Yield one fact for what all nodes call, and one for each expression that is no symbol."""
    if source.blob.size > _LARGEST:
        yield Incomplete(f"the graph has {source.blob.size} bytes")
        return
    try:
        graph = read_json(source.blob.head(_LARGEST))
    except JsonError as error:
        yield Incomplete(f"the graph is no JSON: {error}")
        return
    targets: dict[str, None] = {}
    expressions: dict[str, str] = {}
    for path, key, value in entries(graph):
        if key == "target" and isinstance(value, str):
            targets.setdefault(value[:_LONGEST])
        elif key == "expr_str" and isinstance(value, str):
            expressions.setdefault(value, path)
        elif path.startswith(_RANGES) and path.count(".") == 1:
            expressions.setdefault(key, path)
        if len(targets) + len(expressions) > _MOST:
            yield Incomplete(f"more than {_MOST} targets and expressions are named")
            break
    references = tuple(CodeReference(_dotted(target), called=True) for target in targets)
    yield Code(name="nodes", language="torch-export", references=references, at=Location(0))
    for text, path in expressions.items():
        if not text.isidentifier():
            yield _expression(text, path)


def _dotted(target: str) -> str:
    """Return the Python name of a target."""
    return target.removeprefix("_") if target.startswith("_operator.") else target


def _expression(text: str, path: str) -> Code:
    """Return what evaluating an expression refers to."""
    fact = source_fact(text[:_LONGEST], text[:200], Location(path=path[:200]))
    fact.language, fact.listing = "sympy", ()
    fact.complete = fact.complete and len(text) <= _LONGEST
    return fact
