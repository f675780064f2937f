"""The pickle machine: it runs a stream as `_pickle` would, over abstract values.

Source: `Modules/_pickle.c` of CPython 3.8 to 3.14 (`load` and the `load_*` functions), which it
mirrors opcode by opcode: the stack with the fence of its marks, the memo by index, the number
syntax, the encodings, the renaming of Python 2 names below protocol 3, dotted names from protocol
4 on, and FRAME lengths that bind nobody. Where `Lib/pickle.py`, which joblib and dill load with,
goes further than the C loader, so does this. It builds nothing, calls nothing, copies no payload.
The position strictly increases; an error ends the stream with all that was seen before it.
"""

from __future__ import annotations

from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.formats.pickle.dialect import Dialect
from modelassay.formats.pickle.errors import StreamError
from modelassay.formats.pickle.frames import Lost, cut_of
from modelassay.formats.pickle.handlers import HANDLERS
from modelassay.formats.pickle.ints import Ints
from modelassay.formats.pickle.memo import MOST_GAP, Memo
from modelassay.formats.pickle.opcodes import FIXED
from modelassay.formats.pickle.recorder import Recorder
from modelassay.formats.pickle.store import DICT, LIST, MADE, MOST_ITEMS, TUPLE, UNSET
from modelassay.formats.pickle.window import LONGEST_LINE, Window
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

ALL_OPS: Final = 1 << 62
_MOST_STRADDLES: Final = 4
#: A loader keeps eight bytes for each; honest picklers hold a thousand items of a list there.
_MOST_STACK: Final = 1 << 23
_MOST_MARKS: Final = 1 << 21
#: Below this many bytes the machine is as fast as making the pattern that steps over plain data.
_WORTH_STEPPING: Final = 1 << 16


class Machine:
    """One run over one stream, from `start`.

    After `run`: `position` is where reading ended, `stopped` whether a STOP was reached, `error`
    why it ended before one, `result` a reference to what the loader is left with, `ops` the number
    of opcodes read, `lost` what a loader that reads from a file may leave out because an opcode
    goes past the end of its frame. Unless `keeps_result`, a stream of plain data may be stepped
    over and leaves no result. Facts are in the recorder. Of long lists only the first items are
    kept, up to `most_items` of each batch.
    """

    def __init__(
        self,
        blob: Blob,
        start: int,
        budget: Budget,
        dialects: tuple[Dialect, ...] = (),
        stream: int = 0,
        most_ops: int = ALL_OPS,
        longest_line: int = LONGEST_LINE,
        keeps_result: bool = True,
    ) -> None:
        self.window = Window(blob, start, longest_line)
        self.budget = budget
        self.dialects = dialects
        self.recorder = Recorder(self, stream, budget.limits.facts)
        self.store = self.recorder.store
        self.position = start
        self.ops = 0
        self.most_ops = most_ops
        self.keeps_result = keeps_result
        self.protocol = 0
        self.frame_end = 0
        self.frames_from = start
        self.lost: Lost | None = None
        self._start = start
        self._straddles = 0
        self._tried = start
        self.stopped = False
        self.result = UNSET
        self.empty = UNSET
        self.error: StreamError | None = None
        self.stack = Ints("q")
        self.marks: list[int] = []
        self.memo = Memo(self.store.cells.typecode)
        self.most_items = MOST_ITEMS

    def run(self) -> None:
        """Read to STOP, an error, or the end."""
        try:
            while not self.stopped and self.ops < self.most_ops:
                if self._stepped_over():
                    break
                self.position = self._stretch(self.position)
                if self.position >= self.frame_end:
                    self._leave_frame()
                self.budget.tick()
                self._bound()
        except StreamError as error:
            self.error = error
            self.position = max(self.position, error.offset)
        for dialect in self.dialects:
            dialect.ended(self)
        self.recorder.weighed()

    def _stepped_over(self) -> bool:
        """Step over the rest of the stream, if all of it is as plain as what was read so far."""
        if self.keeps_result or self.recorder.events or self.position < self._tried:
            return False
        if self.window.blob.size - self.position < _WORTH_STEPPING:
            return False
        from modelassay.formats.pickle.plain import step_over

        end, stopped = step_over(self.window.blob, self.position, self.frame_end, self.budget)
        self._tried = end + 1
        if stopped:
            self.position, self.stopped = end, True
        return stopped

    def enter_frame(self, offset: int, end: int) -> None:
        """Take the start of a frame from the FRAME at `offset` to `end`."""
        if offset < self.frames_from:
            return
        if self.frame_end > offset + 9:
            # Inside of another: nothing changes, but what is left of that one is not enough.
            if end > self.frame_end:
                self._lose(offset, offset + 9)
        elif self.frame_end <= offset and self._straddles <= _MOST_STRADDLES:
            self.frame_end = end

    def _leave_frame(self) -> None:
        """Take the end of a frame, and see whether the last opcode went past it."""
        if self.position > self.frame_end > 0:
            before = Machine(self.window.blob, self._start, self.budget, most_ops=self.ops - 1)
            before.frames_from = self.window.blob.size
            before.run()
            cut = cut_of(self.window.blob, before.position, self.frame_end)
            if cut is not None:
                self._lose(before.position, cut)
        self.frame_end = 0

    def _lose(self, offset: int, cut: int) -> None:
        self._straddles += 1
        if self.lost is None:
            self.lost = Lost(offset, cut, self.frame_end)

    def _bound(self) -> None:
        """Raise `BudgetError` if more stands on the stack than any pickler leaves there."""
        if len(self.stack) > _MOST_STACK:
            raise BudgetError("stack", f"more than {_MOST_STACK} items stand on the stack")
        if len(self.marks) > _MOST_MARKS:
            raise BudgetError("marks", f"more than {_MOST_MARKS} marks stand on the stack")

    def _stretch(self, position: int) -> int:  # noqa: C901
        """Run the opcodes of one window and return the position behind them.

        Everything hot is a local variable and every common opcode stands in line, the most common
        first, together with the MEMOIZE that follows it: this loop is what the speed of a scan of
        a pickle of small objects comes from. Reading past the window's codes ends it.
        """
        self.window.move(position)
        buffer, codes, base = self.window.buffer, self.window.codes, self.window.base
        i = position - base
        if i >= len(codes):
            raise StreamError("the stream ends without a STOP", position)
        if position < self.frame_end:
            codes = codes[: self.frame_end - base]
        recorder, store, memo = self.recorder, self.store, self.memo
        stack, marks, cells, entries = self.stack, self.marks, store.cells, memo.entries
        most_items = self.most_items
        # A run of so many opcodes takes each by itself.
        whole = self.most_ops == ALL_OPS
        known, dense, plain = len(entries), memo.dense, whole and memo.plain
        fence = marks[-1] if marks else 0
        ops, fused = self.ops, 0
        first, last = ops + 1, min(ops + len(codes), self.most_ops)
        try:
            for ops in range(first, last + 1):
                code = codes[i]
                if code == 0x68:  # BINGET
                    index = buffer[i + 1]
                    stack.append(entries[index] if index < known else self.recall(index, base + i))
                    i += 2
                elif code == 0x8C:  # SHORT_BINUNICODE
                    ref = base + i
                    stack.append(ref)
                    i += 2 + buffer[i + 1]
                    fused += 1
                    if codes[i] == 0x94 and plain:
                        entries.append(ref)
                        known += 1
                        i += 1
                    else:
                        fused -= 1
                elif width := FIXED[code]:
                    stack.append(base + i)
                    i += width
                elif code == 0x94:  # MEMOIZE
                    if len(stack) <= fence:
                        raise underflow(base + i)
                    if plain:
                        entries.append(stack[-1])
                        known += 1
                    else:
                        memo.memoize(stack[-1])
                        known, dense, plain = len(entries), memo.dense, whole and memo.plain
                    i += 1
                elif code == 0x28:  # MARK
                    fence = len(stack)
                    marks.append(fence)
                    i += 1
                elif 0x85 <= code <= 0x87:  # TUPLE1, TUPLE2, TUPLE3
                    start = len(stack) - code + 0x84
                    if start < fence:
                        raise underflow(base + i)
                    ref = store.group(TUPLE, stack, start)
                    stack.append(ref)
                    i += 1
                    fused += 1
                    if codes[i] == 0x94 and plain:
                        entries.append(ref)
                        known += 1
                        i += 1
                    else:
                        fused -= 1
                elif code == 0x7D or code == 0x5D:  # EMPTY_DICT, EMPTY_LIST
                    ref = -len(cells) - 1
                    cells.fromlist([DICT if code == 0x7D else LIST, 0, 0])
                    stack.append(ref)
                    i += 1
                    fused += 1
                    if codes[i] == 0x94 and plain:
                        entries.append(ref)
                        known += 1
                        i += 1
                    else:
                        fused -= 1
                elif code == 0x75 or code == 0x65:  # SETITEMS, APPENDS
                    outer = marks[-2] if len(marks) > 1 else 0
                    kind = DICT if code == 0x75 else LIST
                    target = stack[fence - 1] if marks and fence > outer else 0
                    if (
                        target < 0
                        and cells[-target - 1] & 15 == kind
                        and (kind == LIST or not (len(stack) - fence) & 1)
                    ):
                        store.extend(target, stack, fence, most_items)
                        del marks[-1]
                        fence = outer
                        i += 1
                    else:
                        recorder.place(base + i, ops + fused)
                        i = HANDLERS[code](self, base + i) - base
                        fence = marks[-1] if marks else 0
                elif code == 0x71:  # BINPUT
                    index = buffer[i + 1]
                    if len(stack) <= fence:
                        raise underflow(base + i)
                    if index == known and dense:
                        entries.append(stack[-1])
                        known += 1
                    else:
                        self.remember(index, base + i)
                        known, dense, plain = len(entries), memo.dense, whole and memo.plain
                    i += 2
                elif code == 0x6A or code == 0x72 or code == 0x58:
                    # LONG_BINGET, LONG_BINPUT, BINUNICODE
                    word = buffer[i + 4]
                    word = word << 8 | buffer[i + 3]
                    word = word << 8 | buffer[i + 2]
                    word = word << 8 | buffer[i + 1]
                    if code == 0x6A:
                        stack.append(entries[word] if word < known else self.recall(word, base + i))
                    elif code == 0x58:
                        stack.append(base + i)
                        i += word
                    elif len(stack) <= fence:
                        raise underflow(base + i)
                    elif word == known and dense:
                        entries.append(stack[-1])
                        known += 1
                    else:
                        self.remember(word, base + i)
                        known, dense, plain = len(entries), memo.dense, whole and memo.plain
                    i += 5
                elif code == 0x52 or code == 0x81:  # REDUCE, NEWOBJ
                    if len(stack) - 2 < fence:
                        raise underflow(base + i)
                    args = stack.pop()
                    callable_ = stack.pop()
                    depth = 1 if args >= 0 else cells[-args - 1] >> 4
                    ref = -len(cells) - 1
                    cells.fromlist([MADE | depth << 4, callable_, args, 0, code == 0x81])
                    stack.append(ref)
                    recorder.place(base + i, ops + fused)
                    recorder.called(ref, callable_, args, 0, code == 0x81)
                    i += 1
                elif code == 0x29:  # EMPTY_TUPLE
                    # All of them are one constant: calls without arguments are told at a glance.
                    if self.empty < 0:
                        self.empty = base + i
                    stack.append(self.empty)
                    i += 1
                elif code == 0x62:  # BUILD
                    if len(stack) - 2 < fence:
                        raise underflow(base + i)
                    recorder.place(base + i, ops + fused)
                    state = stack.pop()
                    i += 1
                    end = recorder.built(stack[-1], state, base + i)
                    if end > base + i:
                        i = self._behind_array(base + i, end) - base
                else:
                    recorder.place(base + i, ops + fused)
                    i = HANDLERS[code](self, base + i) - base
                    if self.stopped or code == 0x95:  # STOP, FRAME
                        break
                    fence = marks[-1] if marks else 0
                    known, dense, plain = len(entries), memo.dense, whole and memo.plain
        except IndexError:
            if i < len(codes):
                raise
            ops -= 1  # the opcode that was to be next
        finally:
            self.ops = ops + fused
        if base + i > self.window.blob.size:
            raise StreamError("the stream is cut short inside an opcode", self.window.blob.size)
        return base + i

    def _behind_array(self, position: int, end: int) -> int:
        """Return where reading goes on behind a BUILD with a raw array from `position` to `end`."""
        if self.frame_end > position:
            # A loader with frames of its own reads on in this one, and the array from behind it.
            message = "a raw array stands inside a frame"
            self.recorder.anomaly("frame-straddle", message, position - 1)
            return position
        self.frame_end = 0
        return end

    # The stack and the memo, for what is not in line.

    def need(self, count: int, offset: int) -> None:
        """Raise `StreamError` unless `count` items stand above the topmost mark."""
        fence = self.marks[-1] if self.marks else 0
        if len(self.stack) - count < fence:
            raise underflow(offset)

    def pop(self, offset: int) -> int:
        """Take the item on top."""
        self.need(1, offset)
        return self.stack.pop()

    def pop_mark(self, offset: int) -> int:
        """Take the topmost mark, and return where the items above it start."""
        if not self.marks:
            raise StreamError("there is no mark", offset)
        return self.marks.pop()

    def remember(self, index: int, offset: int) -> None:
        """Put the top of the stack into the memo."""
        self.need(1, offset)
        if index > len(self.memo.entries) + MOST_GAP:
            self.recorder.anomaly("memo-index", f"the memo index {index} is far", offset)
        self.memo.put(index, self.stack[-1])

    def recall(self, index: int, offset: int) -> int:
        """Return what the memo holds at `index`."""
        ref = self.memo.get(index)
        if ref is None:
            raise StreamError(f"nothing stands in the memo at {index}", offset)
        return ref


def underflow(offset: int) -> StreamError:
    """Return the error of a stack that has less than an opcode takes."""
    return StreamError("the stack has too few items", offset)
