"""Tokens of TorchScript, whose lexical rules are Python's. Every character belongs to a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

#: Strings that nothing ends go to the end of their line, or of the text: none is read twice.
_TOKEN: Final = re.compile(
    r'''(?P<space>(?:[ \t\f]|\\\r?\n)++|\#[^\n]*+)
    |(?P<name>[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+)
    |(?P<string>"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\\?\Z)
        |\'{3}(?:[^'\\]++|\\.|'(?!\'\'))*+(?:\'{3}|\\?\Z)
        |"(?:[^"\\\n]++|\\.)*+"?|'(?:[^'\\\n]++|\\.)*+'?)
    |(?P<number>\.?\d[\w.]*+)
    |(?P<end>\r?\n)
    |(?P<mark>.)''',
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, text): `name`, with those behind its dots, `number`, `string`, `end`, `mark`."""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind is not None and kind != "space":
            yield kind, found.group()


def is_closed(literal: str) -> bool:
    """Whether a string has its closing quotes."""
    quotes = literal[:3] if literal[:3] in ('"""', "'''") else literal[:1]
    return len(literal) >= 2 * len(quotes) and literal.endswith(quotes)


def unquote(literal: str) -> str:
    """Return what a string says."""
    quotes = literal[:3] if literal[:3] in ('"""', "'''") else literal[:1]
    body = literal.removeprefix(quotes).removesuffix(quotes)
    return _ESCAPE.sub(_unescape, body) if "\\" in body else body


def _unescape(found: re.Match[str]) -> str:
    body = found[1]
    if body[0] == "x" and len(body) == 3:
        return chr(int(body[1:], 16))
    if body[0] in "01234567":
        return chr(int(body, 8))
    return "" if body == "\n" else _ESCAPED.get(body, body)
