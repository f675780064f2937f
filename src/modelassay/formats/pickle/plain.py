"""Plain data: opcodes that only build numbers, text, bytes and containers of these.

Where a stream holds nothing else from its start to its STOP, there is nothing to tell of it, and no
machine has to run it: its opcodes are stepped over, by a compiled loop, or where nothing is
compiled by one regular expression, some fifty times as fast. Whatever could mean more ends the
stepping, and the machine takes over: names, calls, state, ids, far memo indexes, frames that an
opcode straddles, and long runs of containers that open or close one behind the other, as only deep
nesting has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle import steps
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_CHUNK: Final = 1 << 20
_BETWEEN: Final = 1 << 10


def stepper() -> Callable[[bytes], tuple[int, bool]]:
    """Return what steps the fastest here; the expressions take time to be made."""
    if str(steps.__file__).endswith(".py"):
        from modelassay.formats.pickle.patterns import step

        return step
    return steps.step


def step_over(blob: Blob, position: int, frame_end: int, budget: Budget) -> tuple[int, bool]:
    """Return how far the stream is plain from `position`, and whether its STOP was reached.

    `frame_end` is the end of the frame that `position` is in, or not beyond it.
    """
    step = stepper()
    while True:
        budget.tick()
        inside = frame_end > position
        limit = frame_end if inside else blob.size
        # Behind a frame the head of the next one stands, or a long constant.
        most = _CHUNK if inside or not frame_end else _BETWEEN
        data = blob.read_at(position, min(most, limit - position))
        taken, nested = step(data)
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
