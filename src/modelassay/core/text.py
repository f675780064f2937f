"""Text out of hostile files, made fit to be shown."""

from __future__ import annotations

import re

from modelassay.core.pattern import later

_SIZE = later(r"(\d{1,15}) ?([KMGT]?)(?:i?B)?", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def visible(text: str) -> str:
    """Return `text` with all that does not print written out as an escape.

    This covers control characters, which drive a terminal, direction overrides and zero-width
    characters, which make a name look like another, and stray surrogates, which cannot be encoded.
    """
    if text.isprintable():
        return text
    return "".join(_escape(character) for character in text)


def quote(text: str) -> str:
    """Return `text` in double quotes, as `visible`, so that Python reads it back."""
    return '"' + visible(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _escape(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def parsed_size(text: str) -> int:
    """Return the number of bytes that people write as `512M` or `8G`. Raises `ValueError`."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size")
    return int(found[1]) * _UNITS[found[2].upper()]
