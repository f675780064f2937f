"""What came, went or changed between two models, of which snapshots were taken.

It answers whether something was already in the model one started from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff
from typing import Final

import msgspec

from modelassay.reports import View
from modelassay.reports.encoding import ordered_json_bytes
from modelassay.reports.layout import Line, Span, Style, line, plain, shorten
from modelassay.reports.snapshot import KINDS, Snapshot

_LONGEST: Final = 300
_SHOWN: Final = 20
_LINES: Final = 40  # of a text that changed, without --verbose
_MOST_LINES: Final = 2000  # of a text that is compared line by line
_LONG_LINE: Final = 160
_TAG: Final = re.compile(r"(?<=[%}]\})(?=.)", re.DOTALL)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that differs: its key, the artifact it is in, its values before and after.

    `lines` are how a text differs, as a unified diff.
    """

    key: str
    where: str
    before: str = ""
    after: str = ""
    lines: tuple[str, ...] = ()


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


def compare(before: Snapshot, after: Snapshot, complete: bool) -> Difference:
    """Hold two models side by side."""
    kinds = {kind: _change(before, after, kind) for kind in KINDS}
    whole = complete and not before.full and not after.full
    return Difference(before.target, after.target, whole, kinds)


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
            yield from _text(entry.lines, view)
        if len(shown) < len(entries):
            yield line(4, Span(f"... and {len(entries) - len(shown):,} more", "faint"))


def _text(lines: tuple[str, ...], view: View) -> Iterator[Line]:
    shown = lines if view.verbose else lines[:_LINES]
    styles: dict[str, Style] = {"+": "good", "-": "bad", "@": "faint"}
    for text in shown:
        yield line(6, Span(shorten(text, _LONGEST * 4), styles.get(text[:1], "code")))
    if len(shown) < len(lines):
        yield line(6, Span(f"... and {len(lines) - len(shown):,} more lines", "faint"))


def _change(before: Snapshot, after: Snapshot, kind: str) -> Change:
    old, new = before.kinds[kind], after.kinds[kind]
    came = tuple(Entry(key, new[key][1], after=new[key][0]) for key in new if key not in old)
    went = tuple(Entry(key, old[key][1], before=old[key][0]) for key in old if key not in new)
    both = [key for key in new if key in old]
    changed = tuple(
        Entry(key, new[key][1], old[key][0], new[key][0], _changed_lines(before, after, kind, key))
        for key in both
        if old[key][0] != new[key][0]
    )
    return Change(came, went, changed, len(both) - len(changed))


def _changed_lines(before: Snapshot, after: Snapshot, kind: str, key: str) -> tuple[str, ...]:
    """Return how the text of `key` differs, if it is one."""
    if kind != "template" or key not in before.texts or key not in after.texts:
        return ()
    old, new = _pieces(before.texts[key]), _pieces(after.texts[key])
    if max(len(old), len(new)) > _MOST_LINES:
        return (f"more than {_MOST_LINES} lines, not compared",)
    return tuple(unified_diff(old, new, lineterm=""))[2:]


def _pieces(text: str) -> list[str]:
    """Return the lines of a template; those too long to be seen are parted behind their tags."""
    return [
        piece
        for one in text.split("\n")
        for piece in (_TAG.split(one) if len(one) > _LONG_LINE else [one])
    ]
