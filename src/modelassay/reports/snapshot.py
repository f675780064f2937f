"""What one model says, in a form that can be held against another: kinds, keys and values.

A key does not depend on where the file lies. What may change has a value: a tensor its type, shape
and the hash of its bytes, a piece of metadata its text, a template its source, an artifact its
digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from modelassay.core.facts import (
    Call,
    Code,
    Executable,
    Fact,
    Graph,
    Import,
    Layer,
    Lookup,
    Member,
    Metadata,
    Reference,
    Tensor,
)
from modelassay.core.findings import Finding
from modelassay.core.nesting import escape
from modelassay.core.notation import describe, show
from modelassay.core.report import Artifact, Report
from modelassay.formats.base import Elements, Source
from modelassay.reports.layout import shorten

#: The kinds in the order in which they are shown: what acts first, what merely is after it.
KINDS: Final = (
    *("finding", "callable", "call", "code", "operator", "layer", "template", "reference"),
    *("executable", "artifact", "member", "metadata", "tensor"),
)
_LONGEST: Final = 600
_MOST: Final = 2_000_000  # keys of one model
_CHUNK: Final = 1 << 20
_LONGEST_TEXT: Final = 1 << 20
_TEMPLATES: Final = "chat-template"


class Snapshot:
    """What one model says: `kinds` maps kind and key to a value and the artifact it is in.

    `attend` and `take` are shown its artifacts while they are read, `finish` the report. `texts`
    are the templates by their keys, `full` tells that not everything was kept. Without `hashing`,
    the bytes of tensors are not read.
    """

    def __init__(self, target: str, hashing: bool = True) -> None:
        self.target = escape(target)
        self.hashing = hashing
        self.full = False
        self.kinds: dict[str, dict[str, tuple[str, str]]] = {kind: {} for kind in KINDS}
        self.texts: dict[str, str] = {}
        self._size = 0
        self._weighed: set[str] = set()

    def attend(self, artifact: Artifact, source: Source, elements: Sequence[Elements]) -> None:
        """Take note of the bytes of an artifact. Raises as reading does."""
        where = self._below(artifact.path)
        self._weighed = {one.name for one in elements}
        for one in elements:
            shape = "" if one.shape is None else _shape(one.shape)
            value = f"{one.dtype}{shape} of {one.size:,} bytes"
            if self.hashing:
                value += f", {_digest(source, one.offset, one.size)[:16]}"
            self._put("tensor", one.name or where, value, where)
        if artifact.format == _TEMPLATES and source.blob.size <= _LONGEST_TEXT:
            data = source.blob.read_at(0, source.blob.size)
            value = f"{len(data):,} bytes, {hashlib.sha256(data).hexdigest()[:16]}"
            key = self._put("template", where, value, where)
            self.texts[key] = data.decode("utf-8", "replace")

    def take(self, artifact: Artifact, facts: list[Fact]) -> None:
        """Take note of an artifact and its facts; its bytes were attended to before."""
        where = self._below(artifact.path)
        for fact in facts:
            if isinstance(fact, Tensor) and self._weighed:
                continue  # facts stand for many tensors of a shape; each of them was weighed
            for kind, key, value in _identities(fact):
                self._put(kind, key or where, value, where)
        self._weighed = set()

    def finish(self, report: Report) -> Snapshot:
        """Add what only the whole report tells: artifacts and findings."""
        for artifact in report.artifacts:
            known = artifact.sha256 or f"{artifact.size} bytes"
            where = self._below(artifact.path)
            self._put("artifact", where, f"{artifact.format or 'unknown'} {known}", where)
        for finding in report.findings:
            self._put("finding", _finding(finding), "", self._below(finding.artifact))
        return self

    def _put(self, kind: str, key: str, value: str, where: str) -> str:
        """Keep one thing; the second of the same key and another value has a number."""
        kept = self.kinds[kind]
        key = shorten(key, _LONGEST)
        number, name = 1, key
        while name in kept and kept[name][0] != value and number < 100:
            number += 1
            name = f"{key} #{number}"
        if name not in kept:
            self._size += 1
            if self._size > _MOST:
                self.full = True
                return name
            kept[name] = (value, where)
        return name

    def _below(self, path: str) -> str:
        rest = path.removeprefix(self.target).lstrip("/\\")
        return rest or "."


def of_report(report: Report) -> Snapshot:
    """Return what a saved report tells: its artifacts and findings, no facts."""
    target = report.target[0] if len(report.target) == 1 else ""
    return Snapshot(target).finish(report)


def _digest(source: Source, offset: int, size: int) -> str:
    digest = hashlib.sha256()
    for start in range(offset, offset + size, _CHUNK):
        source.budget.tick()
        digest.update(source.blob.read_at(start, min(_CHUNK, offset + size - start)))
    return digest.hexdigest()


def _identities(fact: Fact) -> Iterable[tuple[str, str, str]]:
    """Yield kind, key and value of what a fact tells; some facts tell nothing to compare."""
    match fact:
        case Import(name=name):
            yield "callable", str(name), ""
        case Call():
            yield "call", _text(fact), ""
        case Lookup():
            yield "callable", _text(fact), ""
        case Code(name=name, language=language):
            listing = "\n".join(fact.listing) + repr(fact.references)
            digest = hashlib.sha256(listing.encode("utf-8", "replace")).hexdigest()[:16]
            yield "code", f"{language} {name}", digest
        case Graph():
            yield from _operators(fact)
        case Layer(class_name=name, module=module):
            yield "layer", f"{fact.name or ''} {module or ''}.{name}".strip(), ""
        case Reference():
            yield "reference", f"{fact.role} {fact.target}", ""
        case Executable():
            yield "executable", _text(fact), ""
        case Member(name=name, type=type_, size=size):
            yield "member", name, f"{type_} of {size} bytes"
        case Metadata(key=key, value=value):
            yield "metadata", key, show(value)
        case Tensor(name=name, dtype=dtype, shape=shape, count=count):
            kind = f"{dtype}{_shape(shape)}"
            yield "tensor", name or kind, kind if name else f"x{count:,}"


def _operators(graph: Graph) -> Iterator[tuple[str, str, str]]:
    counts: dict[str, int] = {}
    for part in graph.network.parts:
        for node in part.nodes:
            name = f"{graph.dialect} {node.domain}:{node.op}".replace(" :", " ")
            counts[name] = counts.get(name, 0) + 1
    yield from (("operator", name, f"x{count:,}") for name, count in counts.items())


def _shape(shape: Sequence[int]) -> str:
    return f"[{', '.join(map(str, shape))}]"


def _text(fact: Fact) -> str:
    bare = msgspec.structs.replace(fact, at=type(fact.at)(), count=1)
    return describe(bare).partition(" ")[2]


def _finding(finding: Finding) -> str:
    return f"{finding.severity} {finding.rule}: {finding.message}"
