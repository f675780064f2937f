"""Plain opcodes as regular expressions: what `plain` steps with where nothing is compiled."""

from __future__ import annotations

import re
from typing import Final

from modelassay.formats.pickle.steps import NEST

#: Opcodes stepped over before it is looked whether a deep nest begins.
_STRIDE: Final = 256


def _behind(code: bytes, suffix: bytes = b"") -> bytes:
    """Return the pattern of a payload behind its length, one byte of it and `suffix`."""
    sizes = (re.escape(bytes([size])) + suffix + b".{%d}" % size for size in range(256))
    return re.escape(code) + b"(?:" + b"|".join(sizes) + b")"


_GET: Final = rb"h.|j.{4}|g\d{1,7}\n"
_CONSTANT: Final = b"|".join(
    (
        rb"[N\x88\x89)]|K.|M..|G.{8}|J.{4}",
        _behind(b"\x8c"),
        _behind(b"X", rb"\0\0\0"),
        _behind(b"C"),
        _behind(b"B", rb"\0\0\0"),
        _behind(b"U"),
        _behind(b"\x8a"),
        rb"[IFLSV][^\n]{1,65535}\n",
    )
)
_PUSH: Final = _GET + b"|" + _CONSTANT
_MEMO: Final = rb"(?:\x94|q.|r..[\0-\x0f]\0|p\d{1,6}\n|\x80[\0-\x05])"
#: What puts nothing on the stack that was not there before.
_KNOWN: Final = b"(?:" + _GET + b"|" + _MEMO + b")*+"
_TOKEN: Final = rb"[()\]}tldeuas\x85-\x89N\x8f-\x91\x94]{1,8}|" + _PUSH + b"|" + _MEMO
#: What may stand between where the tokens stop and the next opcode that opens or closes.
_AMID: Final = b"(?:" + _PUSH + b"|" + _MEMO + b"){0,4}+"
_TOKENS: Final = re.compile(b"(?:" + _TOKEN + b"){1,%d}+" % _STRIDE, re.DOTALL)
_OPENS: Final = re.compile(
    _AMID + rb"(?:[\]}\x8f(]" + _MEMO + b"*+(?:(?:" + _PUSH + b")" + _MEMO + b"*+)?){%d}" % NEST,
    re.DOTALL,
)
_CLOSES: Final = re.compile(
    _AMID
    + b"(?:"
    + _KNOWN
    + rb"(?:[\x85aetudsl\x90\x91]|(?:(?:"
    + _CONSTANT
    + b")"
    + _KNOWN
    + rb"){0,1}\x86|(?:(?:"
    + _CONSTANT
    + b")"
    + _KNOWN
    + rb"){0,2}\x87)){%d}" % NEST,
    re.DOTALL,
)


def step(data: bytes) -> tuple[int, bool]:
    """Return how many bytes of `data` are whole opcodes, and whether a nest stands behind them."""
    position = 0
    while (found := _TOKENS.match(data, position)) is not None:
        position = found.end()
        if _OPENS.match(data, position) or _CLOSES.match(data, position):
            return position, True
    return position, False
