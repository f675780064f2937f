"""What files say, fact by fact: collected while they are read, within bounds.

It is no report: nothing is judged in it. `contents_text` shows it to people; `as_json` is for
programs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from modelassay.core.facts import KINDS, Code, Fact, Graph, Location, Metadata, Tensor
from modelassay.core.notation import describe, show
from modelassay.core.report import Artifact, Loading
from modelassay.reports.encoding import ordered_json_bytes
from modelassay.reports.layout import shorten

_KIND_OF: Final = {kind: name for name, kind in KINDS.items()}
#: Kinds in the order in which they are shown: what it holds, what it does, what is wrong with it.
_ORDER: Final = (
    *("metadata", "tensor", "operator", "layer", "member", "code", "import", "call", "state"),
    *("lookup", "template", "reference", "executable", "opaque", "anomaly", "limit"),
)
_MOST_ARTIFACTS: Final = 10_000
_LONGEST: Final = 2_000


class Piece(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact in its textual form, where it stands, how often, and lines that show more of it.

    `fields` are the parts of a tensor, a piece of metadata or a reference of code.
    """

    fact: str
    location: Location = Location()
    count: int = 1
    fields: dict[str, Any] = {}
    listing: tuple[str, ...] = ()


class Section(msgspec.Struct):
    """The facts of one kind: how many there are, repeated ones each time, and the first of them."""

    count: int
    pieces: list[Piece]


class Content(msgspec.Struct):
    """An artifact and what it says, by kinds of fact."""

    path: str
    format: str | None
    status: str
    size: int
    facts: dict[str, Section]
    reason: str | None = None
    loading: tuple[Loading, ...] = ()


class Contents(msgspec.Struct):
    """What was collected; `more` artifacts were left out. `most` facts of a kind are kept."""

    most: int
    artifacts: list[Content] = []
    more: int = 0

    def take(self, artifact: Artifact, facts: list[Fact]) -> None:
        """Collect the facts of one artifact; what stands inside of it was taken before."""
        if len(self.artifacts) >= _MOST_ARTIFACTS:
            self.more += 1
            return
        self.artifacts.append(
            Content(
                path=artifact.path,
                format=artifact.format,
                status=artifact.status,
                size=artifact.size,
                facts=_sections(facts, self.most),
                reason=artifact.reason,
                loading=artifact.loading,
            )
        )


def as_json(contents: Contents) -> bytes:
    """Return all that was collected as JSON."""
    shape = {"schema": 1, "artifacts": contents.artifacts, "more": contents.more}
    return ordered_json_bytes(msgspec.to_builtins(shape))


def _sections(facts: Iterable[Fact], most: int) -> dict[str, Section]:
    sections: dict[str, Section] = {}
    operators: Counter[str] = Counter()
    for fact in facts:
        if isinstance(fact, Graph):
            operators.update(_operators(fact))
            continue
        section = sections.setdefault(_KIND_OF[type(fact)], Section(0, []))
        section.count += fact.count
        if len(section.pieces) < most:
            section.pieces.append(_piece(fact))
    if operators:
        pieces = [Piece(name, count=count) for name, count in operators.most_common(most)]
        sections["operator"] = Section(operators.total(), pieces)
    return {kind: sections[kind] for kind in _ORDER if kind in sections}


def _operators(graph: Graph) -> Iterable[str]:
    for part in graph.network.parts:
        for node in part.nodes:
            yield (
                f"{graph.dialect} {node.domain}:{node.op}"
                if node.domain
                else (f"{graph.dialect} {node.op}")
            )


def _piece(fact: Fact) -> Piece:
    listing = tuple(line[:_LONGEST] for line in fact.listing) if isinstance(fact, Code) else ()
    text = describe(msgspec.structs.replace(fact, at=Location(), count=1))
    location = Location(fact.at.offset, fact.at.path[:_LONGEST])
    return Piece(_cut(text), location, fact.count, _fields(fact), listing)


def _fields(fact: Fact) -> dict[str, Any]:
    """Return the parts that a program would otherwise have to read out of the text."""
    match fact:
        case Tensor(name=name, dtype=dtype, shape=shape, size=size):
            return {"name": _cut(name), "dtype": dtype, "shape": shape, "size": size}
        case Metadata(key=key, value=value):
            return {"key": _cut(key), "value": _cut(show(value))}
        case Code(references=references):
            return {"references": [_cut(str(one.name)) for one in references[:500]]}
    return {}


def _cut(text: str) -> str:
    return shorten(text, _LONGEST)
