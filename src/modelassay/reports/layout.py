"""Lines of styled text: what the text report is made of before it is painted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from modelassay.core.text import visible

Style: TypeAlias = Literal[
    "",
    "alarm",
    "critical",
    "high",
    "medium",
    "low",
    "info",
    "good",
    "bad",
    "strong",
    "faint",
    "code",
]


class Span(msgspec.Struct, frozen=True):
    """Text in one style."""

    text: str
    style: Style = ""


class Line(msgspec.Struct, frozen=True):
    """One line; where it is too long for a terminal it goes on at the same `indent`."""

    spans: tuple[Span, ...] = ()
    indent: int = 0


def line(indent: int, *spans: Span | str) -> Line:
    """Make a line. Everything in it is made fit to be shown, wherever it came from."""
    made = (Span(span) if isinstance(span, str) else span for span in spans)
    return Line(tuple(Span(visible(span.text), span.style) for span in made), indent)


def plain(lines: Iterable[Line]) -> str:
    """Return `lines` without their styles."""
    texts = (" " * one.indent + "".join(span.text for span in one.spans) for one in lines)
    return "".join(text.rstrip() + "\n" for text in texts)


def shorten(text: str, length: int) -> str:
    """Return `text`, its end left out where it has more than `length` characters."""
    return text if len(text) <= length else text[: length - 3] + "..."


def amount(number: int, noun: str) -> str:
    """Return a number with its noun, such as `3 files`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def size(number: int) -> str:
    """Return a number of bytes for people, such as `1.5 MB`."""
    if number < 1000:
        return amount(number, "byte")
    value = float(number)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"
