"""What files say, for people: one block an artifact, one group a kind of fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.reports import View
from modelassay.reports.contents import Content, Contents, Piece, Section
from modelassay.reports.layout import Line, Span, amount, line, plain, shorten, size

_LONGEST: Final = 300
_LISTED: Final = 12
_PLURALS: Final = {
    "metadata": "metadata",
    "anomaly": "anomalies",
    "code": "pieces of code",
    "call": "calls",
    "opaque": "stretches of bytes nobody understood",
}


def render(contents: Contents, view: View) -> bytes:
    """Return all that was collected as text."""
    made = lines(contents, view)
    if view.terminal:
        from modelassay.reports.terminal import painted

        return painted(made, view.width).encode()
    return plain(made).encode()


def lines(contents: Contents, view: View) -> Iterator[Line]:
    """Yield the lines of each artifact, what stands inside of another behind it."""
    for content in sorted(contents.artifacts, key=lambda content: content.path):
        yield from _artifact(content, view)
    if contents.more:
        yield line(0, Span(f"... and {amount(contents.more, 'more artifact')}", "faint"))


def _artifact(content: Content, view: View) -> Iterator[Line]:
    about = f"  {content.format or 'no known format'}, {size(content.size)}"
    yield line(0, Span(content.path, "strong"), Span(about, "faint"))
    if content.reason and content.status != "scanned":
        yield line(2, Span(f"{content.status}: {content.reason}", "bad"))
    for one in content.loading:
        yield line(2, Span(one.call, "strong"))
        for word, names in (("takes", one.takes), ("leaves", one.leaves), ("runs", one.runs)):
            if names or word == "runs":
                yield line(4, Span(f"{word:6} ", "faint"), ", ".join(names) or "nothing")
    for kind, section in content.facts.items():
        yield from _section(kind, section, view)


def _section(kind: str, section: Section, view: View) -> Iterator[Line]:
    noun = _PLURALS.get(kind, f"{kind}s")
    yield line(2, Span(noun, "strong"), Span(f"  {section.count:,}", "faint"))
    for piece in section.pieces:
        yield from _piece(piece, kind, view)
    left = section.count - sum(piece.count for piece in section.pieces)
    if left > 0:
        yield line(4, Span(f"... and {left:,} more", "faint"))


def _piece(piece: Piece, kind: str, view: View) -> Iterator[Line]:
    text = piece.fact.removeprefix(f"{kind} ")
    times = f"  x{piece.count:,}" if piece.count > 1 else ""
    place = piece.location.path or ("" if piece.location.offset is None else "byte ")
    if not piece.location.path and piece.location.offset is not None:
        place += f"{piece.location.offset:,}"
    shown = text if view.verbose else shorten(text, _LONGEST)
    yield line(4, Span(shown, "code"), Span(f"{times}  {place}".rstrip(), "faint"))
    listing = piece.listing if view.verbose else piece.listing[:_LISTED]
    for text in listing:
        yield line(6, Span(text, "faint"))
    if len(listing) < len(piece.listing):
        more = amount(len(piece.listing) - len(listing), "more line")
        yield line(6, Span(f"... {more}", "faint"))
