"""Text of source from its bytes, and its syntax tree within bounds."""

from __future__ import annotations

import ast
import re
import warnings
from codecs import BOM_UTF8
from typing import Final

#: Characters of source that are parsed; a tree takes some hundred bytes for each of its words.
LONGEST: Final = 1 << 20
_MOST_WORDS: Final = 120_000
_WORD: Final = re.compile(r"\w+|[^\w\s]")
_COOKIE: Final = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
#: Encodings read besides UTF-8; those with escapes of their own hide source from who looks at it.
_ENCODINGS: Final = {
    **dict.fromkeys(("ascii", "us-ascii", "utf8", "utf-8", "utf-8-sig"), "utf-8"),
    **dict.fromkeys(("latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1"), "latin-1"),
    **dict.fromkeys(("utf-7", "utf7", "u7"), "utf-7"),
    **dict.fromkeys(("unicode-escape", "unicodeescape"), "unicode_escape"),
    **dict.fromkeys(("raw-unicode-escape", "rawunicodeescape"), "raw_unicode_escape"),
    **{name: name for name in ("cp1250", "cp1251", "cp1252", "cp437", "koi8-r", "iso-8859-15")},
    **{name: name for name in ("gbk", "gb2312", "gb18030", "big5", "shift-jis", "euc-jp")},
}


def decode(data: bytes) -> tuple[str, bool]:
    """Return the text of source, and whether its encoding is one that is read (PEP 263)."""
    if data.startswith(BOM_UTF8):
        return data[len(BOM_UTF8) :].decode("utf-8", "replace"), True
    for line in data[:1024].splitlines()[:2]:
        cookie = _COOKIE.match(line)
        if cookie is not None:
            name = cookie[1].decode("ascii", "replace").lower().replace("_", "-")
            encoding = _ENCODINGS.get(name)
            return data.decode(encoding or "latin-1", "replace"), encoding is not None
    return data.decode("utf-8", "replace"), True


def parse_tree(text: str) -> ast.Module | None:
    """Return the tree of source; `None` if it is none, or too deep or too large to be one."""
    if sum(1 for _ in _WORD.finditer(text)) > _MOST_WORDS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in its strings
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
