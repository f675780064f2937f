"""Opcodes that straddle the end of a frame, which loaders read in two ways.

Source: `_Unpickler_ReadImpl`, `_Unpickler_Readline` and `load_frame` of `Modules/_pickle.c`. Given
bytes, the C loader goes by the opcodes alone. Given a file, it reads a frame into a buffer, and an
operand that does not fit what is left of it is read behind the frame: what was left is lost. No
pickler writes such a frame, so both readings are followed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.window import Window
from modelassay.io.blob import Blob

#: Opcodes with two lines behind them.
_TWO_LINES: Final = frozenset({op.GLOBAL, op.INST})
_LINES: Final = op.LINES | _TWO_LINES | {op.GET, op.PUT, op.PERSID}


class Lost(NamedTuple):
    """The part of a frame that is lost: the offset of the opcode that does it, start and end."""

    offset: int
    cut: int
    resume: int


class Spliced(Blob):
    """A blob without its bytes from `cut` to `resume`."""

    def __init__(self, base: Blob, cut: int, resume: int) -> None:
        self.base = base
        self.cut = cut
        self.gap = resume - cut
        self.size = base.size - self.gap

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Blob.read_at`."""
        offset = max(offset, 0)
        if offset >= self.cut:
            return self.base.read_at(offset + self.gap, length)
        head = self.base.read_at(offset, max(0, min(length, self.cut - offset)))
        if len(head) >= length:
            return head
        return head + self.base.read_at(self.cut + self.gap, length - len(head))


def cut_of(blob: Blob, offset: int, end: int) -> int | None:
    """Return from where on what is left of a frame is lost, for the opcode at `offset`.

    `end` is that of the frame. `None` if nothing is lost.
    """
    code = blob.read_at(offset, 1)[0]
    first = offset + 1
    if first >= end:
        return None
    if code in _LINES:
        window = Window(blob, offset)
        middle = window.line(first)[1]
        if middle is None or middle > end:
            return first
        return middle if code in _TWO_LINES and middle < end else None
    width = op.WIDTHS[code]
    if code == op.FRAME:
        return first
    if not width or first + width > end:
        return first
    lossless = code in op.BYTES or first + width == end
    return None if lossless else first + width
