"""What came, went or changed between two models: their facts and findings held side by side.

It answers whether something was already in the model one started from. What is compared has a key
that does not depend on where the file lies, and for some kinds a value that may change: a tensor
its type, shape and hash, a piece of metadata its text, an artifact its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
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
    Template,
    Tensor,
)
from modelassay.core.findings import Finding
from modelassay.core.notation import describe, show
from modelassay.core.report import Artifact, Report
from modelassay.reports import View
from modelassay.reports.encoding import ordered_json_bytes
from modelassay.reports.layout import Line, Span, line, plain, shorten

#: The kinds in the order in which they are shown: what acts first, what merely is after it.
KINDS: Final = (
    *("finding", "callable", "call", "code", "operator", "layer", "template", "reference"),
    *("executable", "artifact", "member", "metadata", "tensor"),
)
_LONGEST: Final = 300
_SHOWN: Final = 20
_MOST: Final = 2_000_000  # keys of one model


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that differs: its key, the artifact it is in, its values before and after."""

    key: str
    where: str
    before: str = ""
    after: str = ""


class Change(msgspec.Struct, frozen=True):
    """What differs in one kind; `same` counts what does not."""

    came: tuple[Entry, ...]
    went: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    same: int


class Difference(msgspec.Struct, frozen=True):
    """All that differs, by kind; `complete` tells whether both were read whole."""

    before: str
    after: str
    complete: bool
    kinds: dict[str, Change]

    @property
    def none(self) -> bool:
        """Whether nothing differs."""
        return not any(one.came or one.went or one.changed for one in self.kinds.values())


class Snapshot:
    """What one model says. `take` is shown its artifacts while they are read."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.full = False
        self._size = 0
        self.kinds: dict[str, dict[str, tuple[str, str]]] = {kind: {} for kind in KINDS}

    def take(self, artifact: Artifact, facts: list[Fact]) -> None:
        """Take note of an artifact and its facts."""
        where = self._below(artifact.path)
        for fact in facts:
            for kind, key, value in _identities(fact):
                self._put(kind, key, value, where)

    def finish(self, report: Report) -> Snapshot:
        """Add what only the whole report tells: artifacts and findings."""
        for artifact in report.artifacts:
            known = artifact.sha256 or f"{artifact.size} bytes"
            where = self._below(artifact.path)
            self._put("artifact", where, f"{artifact.format or 'unknown'} {known}", where)
        for finding in report.findings:
            self._put("finding", _finding(finding), "", self._below(finding.artifact))
        return self

    def _put(self, kind: str, key: str, value: str, where: str) -> None:
        """Keep one thing; the second of the same key and another value has a number."""
        kept = self.kinds[kind]
        key = shorten(key, _LONGEST * 2)
        number, name = 1, key
        while name in kept and kept[name][0] != value and number < 100:
            number += 1
            name = f"{key} #{number}"
        if name not in kept:
            self._size += 1
            if self._size > _MOST:
                self.full = True
                return
            kept[name] = (value, where)

    def _below(self, path: str) -> str:
        rest = path.removeprefix(self.target).lstrip("/\\")
        return rest or "."


def compare(before: Snapshot, after: Snapshot, complete: bool) -> Difference:
    """Hold two models side by side."""
    kinds = {kind: _change(before.kinds[kind], after.kinds[kind]) for kind in KINDS}
    whole = complete and not before.full and not after.full
    return Difference(before.target, after.target, whole, kinds)


def of_report(report: Report) -> Snapshot:
    """Return what a saved report tells: its artifacts and findings, no facts."""
    target = report.target[0] if len(report.target) == 1 else ""
    return Snapshot(target).finish(report)


def as_json(difference: Difference) -> bytes:
    """Return the difference as JSON."""
    return ordered_json_bytes({"schema": 1, **msgspec.to_builtins(difference)})


def render(difference: Difference, view: View) -> bytes:
    """Return the difference for people."""
    made = list(_lines(difference, view))
    if view.terminal:
        from modelassay.reports.terminal import painted

        return painted(made, view.width).encode()
    return plain(made).encode()


def _lines(difference: Difference, view: View) -> Iterator[Line]:
    yield line(0, Span("- ", "bad"), Span(difference.before, "strong"))
    yield line(0, Span("+ ", "good"), Span(difference.after, "strong"))
    if difference.none:
        yield line(0, "Nothing differs in what they say.")
    for kind, change in difference.kinds.items():
        yield from _kind(kind, change, view)
    if not difference.complete:
        yield line(0)
        yield line(0, Span("Not everything of both could be read.", "bad"))


def _kind(kind: str, change: Change, view: View) -> Iterator[Line]:
    counts = (("came", change.came), ("went", change.went), ("changed", change.changed))
    told = [f"{len(entries):,} {word}" for word, entries in counts if entries]
    if not told:
        return
    yield line(0)
    head = f"  {', '.join(told)}, {change.same:,} the same"
    yield line(0, Span(f"{kind}s" if kind != "metadata" else kind, "strong"), Span(head, "faint"))
    for mark, style, entries in (
        ("+ ", "good", change.came),
        ("- ", "bad", change.went),
        ("~ ", "medium", change.changed),
    ):
        shown = entries if view.verbose else entries[:_SHOWN]
        for entry in shown:
            text = entry.key if view.verbose else shorten(entry.key, _LONGEST)
            values = " ".join(part for part in (entry.before, "->", entry.after) if part)
            about = values if entry.before and entry.after else entry.before or entry.after
            place = "" if entry.where in (".", entry.key) else f"  {entry.where}"
            yield line(
                2,
                Span(mark, style),  # type: ignore[arg-type]
                Span(text, "code"),
                f"  {shorten(about, _LONGEST)}" if about else "",
                Span(place, "faint"),
            )
        if len(shown) < len(entries):
            yield line(4, Span(f"... and {len(entries) - len(shown):,} more", "faint"))


def _change(before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]) -> Change:
    came = tuple(
        Entry(key, after[key][1], after=after[key][0]) for key in after if key not in before
    )
    went = tuple(
        Entry(key, before[key][1], before=before[key][0]) for key in before if key not in after
    )
    both = [key for key in after if key in before]
    changed = tuple(
        Entry(key, after[key][1], before[key][0], after[key][0])
        for key in both
        if before[key][0] != after[key][0]
    )
    return Change(came, went, changed, len(both) - len(changed))


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
            counts: dict[str, int] = {}
            for part in fact.network.parts:
                for node in part.nodes:
                    name = f"{fact.dialect} {node.domain}:{node.op}".replace(" :", " ")
                    counts[name] = counts.get(name, 0) + 1
            yield from (("operator", name, f"x{count:,}") for name, count in counts.items())
        case Layer(class_name=name, module=module):
            yield "layer", f"{fact.name or ''} {module or ''}.{name}".strip(), ""
        case Template():
            yield "template", _text(fact), ""
        case Reference():
            yield "reference", f"{fact.role} {fact.target}", ""
        case Executable():
            yield "executable", _text(fact), ""
        case Member(name=name, type=type_, size=size):
            yield "member", name, f"{type_} of {size} bytes"
        case Metadata(key=key, value=value):
            yield "metadata", key, show(value)
        case Tensor(name=name, dtype=dtype, shape=shape):
            yield "tensor", name, f"{dtype}[{', '.join(map(str, shape))}]"


def _text(fact: Fact) -> str:
    bare = msgspec.structs.replace(fact, at=type(fact.at)(), count=1)
    return describe(bare).partition(" ")[2]


def _finding(finding: Finding) -> str:
    return f"{finding.severity} {finding.rule}: {finding.message}"
