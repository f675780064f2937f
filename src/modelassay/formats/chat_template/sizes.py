"""How much a template would make: repeats, widths and products that claim huge sizes."""

from __future__ import annotations

import re
from typing import Final

from jinja2 import nodes

from modelassay.formats.chat_template.record import Record
from modelassay.formats.chat_template.values import LONGEST, Worth

LARGE: Final = 10_000
#: Above this a factor is no number to reckon with, whatever it multiplies.
_HUGE: Final = 10_000_000
_MEASURES: Final = {"center", "indent", "lipsum", "round", "batch", "slice", "ljust", "rjust"}
_MEASURES_MORE: Final = {"zfill", "expandtabs", "wordwrap", "truncate"}
_WIDTH: Final = re.compile(r"(?:%[-+ #0]{0,5}|:[^{}]{0,5}?)(\d{5,18})")


def measure(record: Record, node: nodes.Node, name: str, args: tuple[Worth, ...]) -> None:
    """Tell of a number that says how much a call or filter would make."""
    if name in _MEASURES or name in _MEASURES_MORE:
        numbers = [c for arg in args for c in arg.choices if isinstance(c, int)]
        if numbers and max(numbers) > LARGE:
            record.repeat(node, name, max(numbers))


def width(record: Record, node: nodes.Node, template: Worth) -> None:
    """Tell of fields of a format string that are said to be huge."""
    widths = [int(width) for text in template.texts for width in _WIDTH.findall(text)]
    if widths:
        record.repeat(node, "format", max(widths))


def repeated(record: Record, node: nodes.Node, left: Worth, right: Worth) -> int | None:
    """Return how long a product is that is too long to keep; tell of one without bound."""
    for base, times in ((left, right), (right, left)):
        most = max((c for c in times.choices if isinstance(c, int)), default=0)
        length = max((len(text) for text in base.texts), default=base.count or 0)
        unknown = not base.choices and base.count is None and most > _HUGE
        if unknown or (base.count is not None and length * most > LARGE):
            record.repeat(node, "*", most * max(length, 1))
        if length * most > LONGEST:
            return length * most
    return None
