"""What source names, by its words alone: for text that does not parse, such as that of Python 2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from modelassay.core.facts import CodeReference

_NAME: Final = r"[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+"
_WORD: Final = re.compile(rf"({_NAME})([ \t]*+\(?)")
_IMPORT: Final = re.compile(rf"\bfrom[ \t]+({_NAME})[ \t]+import[ \t(]+([\w ,\t*]{{1,1000}})")
_LISTED: Final = re.compile(r"(\w+|\*)(?:[ \t]+as[ \t]+\w+)?")
_MOST: Final = 20_000


def name_words(text: str) -> Iterator[CodeReference]:
    """Yield every dotted name once, strings and comments included, and what is imported by name."""
    seen: set[tuple[str, bool]] = set()
    for name, called in islice(_names(text), 50 * _MOST):
        if (name, called) not in seen and len(seen) < _MOST:
            seen.add((name, called))
            yield CodeReference(name[:256], called)


def _names(text: str) -> Iterator[tuple[str, bool]]:
    for found in _IMPORT.finditer(text):
        for name in _LISTED.findall(found[2]):
            yield f"{found[1]}.{name}", False
    for found in _WORD.finditer(text):
        yield found[1], found[2].endswith("(")
