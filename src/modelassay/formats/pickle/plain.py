"""Plain data: opcodes that only build numbers, text, bytes and containers of these.

Where a stream holds nothing else from its start to its STOP, there is nothing to tell of it, and no
machine has to run it: its opcodes are stepped over by one regular expression, some fifty times as
fast. Whatever could mean more ends the stepping, and the machine takes over: names, calls, state,
ids, far memo indexes, frames that an opcode straddles, and long runs of containers that open or
close one behind the other, as only deep nesting has them.
"""

from __future__ import annotations

import re
from typing import Final

from modelassay.formats.pickle import opcodes as op
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_CHUNK: Final = 1 << 20
_BETWEEN: Final = 1 << 10
#: Opcodes stepped over before it is looked whether a deep nest begins; and how long one runs.
_STRIDE: Final = 256
_NEST: Final = 1000


def _behind(code: bytes, suffix: bytes = b"") -> bytes:
    """Return the pattern of a payload behind its length, one byte of it and `suffix`."""
    sizes = (re.escape(bytes([size])) + suffix + b".{%d}" % size for size in range(256))
    return re.escape(code) + b"(?:" + b"|".join(sizes) + b")"


_PUSH: Final = b"|".join(
    (
        rb"[N\x88\x89)]|[hK].|M..|G.{8}|J.{4}|j.{4}",
        _behind(b"\x8c"),
        _behind(b"X", rb"\0\0\0"),
        _behind(b"C"),
        _behind(b"B", rb"\0\0\0"),
        _behind(b"U"),
        _behind(b"\x8a"),
        rb"[IFLSV][^\n]{1,65535}\n|g\d{1,7}\n",
    )
)
_MEMO: Final = rb"(?:\x94|q.|r..[\0-\x0f]\0)"
_TOKEN: Final = (
    rb"[()\]}tldeuas\x85-\x89N\x8f-\x91\x94012]{1,8}|"
    + _PUSH
    + rb"|q.|r..[\0-\x0f]\0|p\d{1,6}\n|\x80[\0-\x05]"
)
_TOKENS: Final = re.compile(b"(?:" + _TOKEN + b"){1,%d}+" % _STRIDE, re.DOTALL)
_OPENS: Final = re.compile(
    rb"(?:[\]}\x8f(]" + _MEMO + b"?(?:(?:" + _PUSH + b")" + _MEMO + b"?)?){%d}" % _NEST, re.DOTALL
)
_CLOSES: Final = re.compile(
    rb"(?:(?:\x85|(?:" + _PUSH + rb")?\x86|(?:" + _PUSH + rb"){0,2}\x87|[aetuds])"
    rb"" + _MEMO + b"?){%d}" % _NEST,
    re.DOTALL,
)


def step_over(blob: Blob, position: int, frame_end: int, budget: Budget) -> tuple[int, bool]:
    """Return how far the stream is plain from `position`, and whether its STOP was reached.

    `frame_end` is the end of the frame that `position` is in, or not beyond it.
    """
    while True:
        budget.tick()
        inside = frame_end > position
        limit = frame_end if inside else blob.size
        # Behind a frame the head of the next one stands, or a long constant.
        most = _CHUNK if inside or not frame_end else _BETWEEN
        data = blob.read_at(position, min(most, limit - position))
        taken, nested = _tokens(data)
        position += taken
        if nested or (not data and position < blob.size):
            return position, False
        if taken:
            continue
        if data[:1] == b"." and (position >= frame_end or position + 1 == frame_end):
            return position + 1, True
        end, frame_end = _single(blob, data[:9], position, frame_end)
        if end <= position:
            return position, False
        position = end


def _tokens(data: bytes) -> tuple[int, bool]:
    """Return how many bytes of `data` are whole opcodes, and whether a nest stands behind them."""
    position = 0
    while (found := _TOKENS.match(data, position)) is not None:
        position = found.end()
        if _OPENS.match(data, position) or _CLOSES.match(data, position):
            return position, True
    return position, False


def _single(blob: Blob, head: bytes, position: int, frame_end: int) -> tuple[int, int]:
    """Return the ends of a long constant or of the head of a frame, and of the frame around it.

    The first is `position` where the opcode is neither.
    """
    inside = frame_end > position
    code = head[0] if head else 0
    if code == op.FRAME and not inside and len(head) == 9:
        end = position + 9 + int.from_bytes(head[1:], "little")
        return (position + 9, end) if end <= blob.size else (position, frame_end)
    width = op.COUNTED.get(code, 0)
    if not width or len(head) <= abs(width):
        return position, frame_end
    length = int.from_bytes(head[1 : 1 + abs(width)], "little", signed=width < 0)
    end = position + 1 + abs(width) + length
    if length < 0 or end > (frame_end if inside else blob.size):
        return position, frame_end
    return end, frame_end
