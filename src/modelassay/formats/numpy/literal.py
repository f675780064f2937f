"""Literals as Python writes them, read without Python's own parser.

Strings, whole numbers, `True`, `False`, `None`, tuples, lists and dicts: what the header of a
`.npy` file may hold. The reader keeps its own stack, so that nesting costs it nothing.
"""

from __future__ import annotations

import re
import warnings
from typing import Final, TypeAlias

Literal: TypeAlias = "bool | int | str | tuple[Literal, ...] | list[Literal] | Pairs | None"

MOST_NESTED: Final = 60
_TOKEN: Final = re.compile(
    r"""[\s]*(?:(?P<text>[ub]?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
    |(?P<number>[-+]?\d{1,4000}L?(?![\w.]))
    |(?P<word>(?:True|False|None)(?!\w))
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<mark>[,:]))""",
    re.VERBOSE,
)
_WORDS: Final = {"True": True, "False": False, "None": None}
_CLOSES: Final = {"(": ")", "[": "]", "{": "}"}


class Pairs(list["tuple[Literal, Literal]"]):
    """The items of a dict in order, duplicate keys and all."""


class _Mark(str):
    """A comma or colon between items."""


class LiteralError(ValueError):
    """The text is no plain literal; `nested` is true where it is one, but nested too deep."""

    def __init__(self, message: str, nested: bool = False) -> None:
        super().__init__(message)
        self.nested = nested


def read_literal(text: str) -> Literal:
    """Return the value of a literal. Raises `LiteralError` for anything else."""
    frames: list[tuple[str, list[Literal | _Mark]]] = [("", [])]
    position = 0
    text = text.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise LiteralError(f"no literal: {text[position : position + 60]!r}")
        position = found.end()
        kind, token = found.lastgroup, found[str(found.lastgroup)]
        items = frames[-1][1]
        if kind == "open":
            if len(frames) > MOST_NESTED:
                raise LiteralError(f"nested more than {MOST_NESTED} levels deep", nested=True)
            frames.append((token, []))
        elif kind == "close":
            opened, inner = frames.pop()
            if _CLOSES.get(opened) != token:
                raise LiteralError(f"{token!r} closes nothing")
            frames[-1][1].append(_close(opened, inner))
        else:
            items.append(_Mark(token) if kind == "mark" else _scalar(str(kind), token))
    if len(frames) != 1 or len(frames[0][1]) != 1 or isinstance(frames[0][1][0], _Mark):
        raise LiteralError("no single literal")
    return frames[0][1][0]


def _scalar(kind: str, token: str) -> Literal:
    if kind == "word":
        return _WORDS[token]
    if kind == "number":
        return int(token.removesuffix("L"))
    body = token.lstrip("ub")[1:-1]
    if "\\" not in body:
        return body
    try:
        with warnings.catch_warnings():
            # Python warns of escapes it does not know, and keeps them as they are.
            warnings.simplefilter("ignore")
            return body.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError as error:
        raise LiteralError(f"a string has a broken escape: {body[:60]!r}") from error


def _close(opened: str, inner: list[Literal | _Mark]) -> Literal:
    """Return the tuple, list or dict of what stands between its brackets."""
    groups: list[list[Literal | _Mark]] = [[]]
    for item in inner:
        if isinstance(item, _Mark) and item == ",":
            groups.append([])
        else:
            groups[-1].append(item)
    trailing = len(groups) > 1 and not groups[-1]
    if not groups[-1]:
        groups.pop()
    if opened == "{":
        return Pairs(_pair(group) for group in groups)
    values = [_single(group) for group in groups]
    if opened == "[":
        return values
    return values[0] if len(values) == 1 and not trailing else tuple(values)


def _single(group: list[Literal | _Mark]) -> Literal:
    if len(group) != 1 or isinstance(group[0], _Mark):
        raise LiteralError("items are not parted by commas")
    return group[0]


def _pair(group: list[Literal | _Mark]) -> tuple[Literal, Literal]:
    if len(group) != 3 or not isinstance(group[1], _Mark):
        raise LiteralError("an item of a dict is no key and value")
    return _single(group[:1]), _single(group[2:])
