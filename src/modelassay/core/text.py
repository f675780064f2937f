"""Text out of hostile files, made fit to be shown."""

from __future__ import annotations


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
