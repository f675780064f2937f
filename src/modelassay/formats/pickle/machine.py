"""The pickle machine: it runs a stream as `_pickle` would, over abstract values.

Source: `Modules/_pickle.c` of CPython 3.8 to 3.14 (`load` and the `load_*` functions), which it
mirrors opcode by opcode: the stack with the fence of its marks, the memo by index, the number
syntax, the encodings, the renaming of Python 2 names below protocol 3, dotted names from protocol
4 on, and FRAME lengths that bind nobody. It builds nothing, calls nothing and copies no payload.
The position strictly increases; an error ends the stream with all that was seen before it.
"""

from __future__ import annotations

from array import array
from typing import Final

from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.dialect import Dialect
from modelassay.formats.pickle.opcodes import COUNTED, FIXED, LINES
from modelassay.formats.pickle.recorder import Recorder
from modelassay.formats.pickle.store import (
    DICT,
    EXT,
    FROZENSET,
    LIST,
    MADE,
    PERSISTENT,
    SET,
    TUPLE,
    UNSET,
)
from modelassay.formats.pickle.window import Window
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

HIGHEST_PROTOCOL: Final = 5
#: No honest pickler leaves gaps this wide in the memo; a loader allocates up to the index.
MOST_MEMO_GAP: Final = 1 << 20
_MOST_HOLES: Final = 16
_MOST_PAIRS: Final = 1 << 22
_TICK: Final = 1 << 18


class StreamError(Exception):
    """The loader would stop here; `offset` is where the opcode stands."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.offset = offset


class Machine:
    """One run over one stream, from `start`.

    After `run`: `position` is where reading ended, `stopped` whether a STOP was reached, `error`
    why it ended before one, `result` a reference to what the loader is left with, `ops` the number
    of opcodes read. Facts are in the recorder. Of long lists only the first items are kept, up to
    `most_items` of each batch.
    """

    def __init__(
        self,
        blob: Blob,
        start: int,
        budget: Budget,
        dialects: tuple[Dialect, ...] = (),
        stream: int = 0,
        most_ops: int = 1 << 62,
    ) -> None:
        self.window = Window(blob, start)
        self.budget = budget
        self.dialects = dialects
        self.recorder = Recorder(self, stream, budget.limits.facts)
        self.store = self.recorder.store
        self.position = start
        self.ops = 0
        self.most_ops = most_ops
        self.protocol = 0
        self.stopped = False
        self.result = UNSET
        self.error: StreamError | None = None
        self.stack: list[int] = []
        self.marks: list[int] = []
        self.memo: array[int] = array(self.store.cells.typecode)
        self.most_items = 64
        self.holes = 0
        self.far: dict[int, int] = {}

    def run(self) -> None:
        """Read to STOP, an error, or the end."""
        try:
            while not self.stopped and self.ops < self.most_ops:
                self.position = self._stretch(self.position)
                self.budget.tick()
        except StreamError as error:
            self.error = error
            self.position = max(self.position, error.offset)
        for dialect in self.dialects:
            dialect.ended(self)

    def _stretch(self, position: int) -> int:
        """Run the opcodes of one window and return the position behind them.

        Everything hot is a local variable and every common opcode stands in line: this loop is
        what the speed of a scan of a pickle of small objects comes from.
        """
        window = self.window
        window.move(position)
        buffer, base, size = window.buffer, window.base, window.blob.size
        safe = window.safe
        i = position - base
        if base + i >= size:
            raise StreamError("the stream ends without a STOP", position)
        ops = self.ops
        stack, marks, memo = self.stack, self.marks, self.memo
        cells = self.store.cells
        push = stack.append
        fence = marks[-1] if marks else 0
        far = self.far
        while i < safe:
            code = buffer[i]
            ops += 1
            width = FIXED[code]
            if width:
                push(base + i)
                i += width
            elif code == 0x94:  # MEMOIZE
                if len(stack) <= fence:
                    raise self._underflow(base + i)
                if self.holes or far:
                    self._remember(len(memo) - self.holes + len(far), base + i)
                else:
                    memo.append(stack[-1])
                i += 1
            elif code == 0x68:  # BINGET
                index = buffer[i + 1]
                if index < len(memo):
                    push(memo[index])
                else:
                    push(self._recall(index, base + i))
                i += 2
            elif code == 0x8C:  # SHORT_BINUNICODE
                push(base + i)
                i += 2 + buffer[i + 1]
            elif code == 0x71:  # BINPUT
                if len(stack) <= fence:
                    raise self._underflow(base + i)
                index = buffer[i + 1]
                if index == len(memo) and not far:
                    memo.append(stack[-1])
                else:
                    self._remember(index, base + i)
                i += 2
            elif code == 0x28:  # MARK
                fence = len(stack)
                marks.append(fence)
                i += 1
            elif code == 0x6A:  # LONG_BINGET
                index = int.from_bytes(buffer[i + 1 : i + 5], "little")
                if index < len(memo):
                    push(memo[index])
                else:
                    push(self._recall(index, base + i))
                i += 5
            elif code == 0x72:  # LONG_BINPUT
                if len(stack) <= fence:
                    raise self._underflow(base + i)
                index = int.from_bytes(buffer[i + 1 : i + 5], "little")
                if index == len(memo) and not far:
                    memo.append(stack[-1])
                else:
                    self._remember(index, base + i)
                i += 5
            elif code == 0x7D:  # EMPTY_DICT
                push(-len(cells) - 1)
                cells.append(DICT)
                cells.append(0)
                i += 1
            elif code == 0x5D:  # EMPTY_LIST
                push(-len(cells) - 1)
                cells.append(LIST)
                cells.append(0)
                i += 1
            elif code == 0x75 and marks and len(stack) > fence and self._is_dict(fence):  # SETITEMS
                items = stack[fence:]
                if len(items) & 1:
                    raise StreamError("an odd number of items for SETITEMS", base + i)
                self.store.extend(stack[fence - 1], items, _MOST_PAIRS)
                del stack[fence:], marks[-1]
                fence = marks[-1] if marks else 0
                if len(stack) <= fence:
                    raise self._underflow(base + i)
                i += 1
            elif code == 0x86:  # TUPLE2
                if len(stack) - 2 < fence:
                    raise self._underflow(base + i)
                self.ops = ops
                self._group(2)
                i += 1
            elif code == 0x58:  # BINUNICODE
                push(base + i)
                i += 5 + int.from_bytes(buffer[i + 1 : i + 5], "little")
            else:
                self.ops = ops
                i = self._uncommon(code, base + i, fence) - base
                fence = marks[-1] if marks else 0
                if self.stopped:
                    break
            if ops & _TICK == 0 and ops & (_TICK - 1) == 0:
                self.budget.tick()
        self.ops = ops
        if base + i > size:
            raise StreamError("the stream is cut short inside an opcode", size)
        return base + i

    # The stack, its marks and the memo.

    def _is_dict(self, fence: int) -> bool:
        """Whether what lies below the mark is a dict of the stream's own."""
        return fence > 0 and self.store.kind(self.stack[fence - 1]) == DICT

    def _underflow(self, offset: int) -> StreamError:
        return StreamError("the stack has too few items", offset)

    def _need(self, count: int, offset: int) -> None:
        fence = self.marks[-1] if self.marks else 0
        if len(self.stack) - count < fence:
            raise self._underflow(offset)

    def _pop(self, offset: int) -> int:
        self._need(1, offset)
        return self.stack.pop()

    def _pop_mark(self, offset: int) -> list[int]:
        """Take the items above the topmost mark, and the mark."""
        if not self.marks:
            raise StreamError("there is no mark", offset)
        mark = self.marks.pop()
        items = self.stack[mark:]
        del self.stack[mark:]
        return items

    def _remember(self, index: int, offset: int) -> None:
        """Put the top of the stack into the memo."""
        self._need(1, offset)
        memo, far = self.memo, self.far
        if index < len(memo):
            self.holes -= memo[index] == UNSET
            memo[index] = self.stack[-1]
        elif index - len(memo) <= _MOST_HOLES and not far:
            # Python 2 counts its memo from one.
            holes = index - len(memo)
            self.holes += holes
            memo.extend([UNSET] * holes)
            memo.append(self.stack[-1])
        else:
            if index > len(memo) + MOST_MEMO_GAP:
                self.recorder.anomaly("memo-index", f"the memo index {index} is far", offset)
            far[index] = self.stack[-1]

    def _recall(self, index: int, offset: int) -> int:
        if 0 <= index < len(self.memo) and self.memo[index] != UNSET:
            return self.memo[index]
        if index in self.far:
            return self.far[index]
        raise StreamError(f"nothing stands in the memo at {index}", offset)

    def _group(self, count: int) -> None:
        stack = self.stack
        items = stack[-count:]
        stack[-count:] = [self.store.group(TUPLE, items)]

    # The uncommon opcodes.

    def _uncommon(self, code: int, offset: int, fence: int) -> int:
        """Run one opcode at `offset` and return the position behind it."""
        if code in COUNTED:
            return self._counted(code, offset)
        if code in LINES:
            line, end = self.window.line(offset + 1)
            if line is None:
                raise StreamError("a line does not end", offset)
            self.stack.append(offset)
            return end
        handler = _HANDLERS.get(code)
        if handler is None:
            raise StreamError(f"{code:#04x} is no opcode", offset)
        self.recorder.place(offset, self.ops)
        return handler(self, offset)

    def _counted(self, code: int, offset: int) -> int:
        width = COUNTED[code]
        signed = width < 0
        width = abs(width)
        length = int.from_bytes(self.window.read(offset + 1, width), "little", signed=signed)
        if length < 0:
            raise StreamError("a length is negative", offset)
        end = offset + 1 + width + length
        if end > self.window.blob.size:
            left = self.window.blob.size - offset
            self.recorder.place(offset, self.ops)
            self.recorder.claimed(length, left)
            raise StreamError(f"a constant claims {length} bytes of {left} left", offset)
        self.stack.append(offset)
        return end

    def _proto(self, offset: int) -> int:
        protocol = self.window.read(offset + 1, 1)
        if not protocol:
            raise StreamError("the protocol is missing", offset)
        if protocol[0] > HIGHEST_PROTOCOL:
            # A loader refuses it here; what follows is read all the same.
            self.recorder.anomaly("protocol", f"there is no protocol {protocol[0]}", offset)
        self.protocol = protocol[0]
        return offset + 2

    def _frame(self, offset: int) -> int:
        length = int.from_bytes(self.window.read(offset + 1, 8), "little")
        if offset + 9 + length > self.window.blob.size:
            message = f"a frame claims {length} bytes, {self.window.blob.size - offset - 9} follow"
            self.recorder.anomaly("frame-length", message, offset)
        return offset + 9

    def _stop(self, offset: int) -> int:
        self.result = self._pop(offset)
        self.recorder.result(self.result)
        self.stopped = True
        return offset + 1

    def _pop_one(self, offset: int) -> int:
        if self.marks and self.marks[-1] == len(self.stack):
            self.marks.pop()
        else:
            self._pop(offset)
        return offset + 1

    def _pop_to_mark(self, offset: int) -> int:
        self._pop_mark(offset)
        return offset + 1

    def _dup(self, offset: int) -> int:
        self._need(1, offset)
        self.stack.append(self.stack[-1])
        return offset + 1

    def _get(self, offset: int) -> int:
        index, end = self._number_line(offset)
        self.stack.append(self._recall(index, offset))
        return end

    def _put(self, offset: int) -> int:
        index, end = self._number_line(offset)
        if index < 0:
            raise StreamError("a memo index is negative", offset)
        self._remember(index, offset)
        return end

    def _number_line(self, offset: int) -> tuple[int, int]:
        line, end = self.window.line(offset + 1)
        try:
            return int(bytes(line or b"")), end
        except ValueError:
            raise StreamError("a memo index is no number", offset) from None

    def _tuple(self, offset: int) -> int:
        self.stack.append(self.store.group(TUPLE, self._pop_mark(offset)))
        return offset + 1

    def _tuple_of(self, offset: int) -> int:
        count = self.window.buffer[offset - self.window.base] - op.TUPLE1 + 1
        self._need(count, offset)
        self._group(count)
        return offset + 1

    def _list(self, offset: int) -> int:
        self._container(LIST, self._pop_mark(offset))
        return offset + 1

    def _dict(self, offset: int) -> int:
        items = self._pop_mark(offset)
        if len(items) & 1:
            raise StreamError("an odd number of items for DICT", offset)
        self._container(DICT, items)
        return offset + 1

    def _empty_set(self, offset: int) -> int:
        self._container(SET, [])
        return offset + 1

    def _frozenset(self, offset: int) -> int:
        self.stack.append(self.store.group(FROZENSET, self._pop_mark(offset)))
        return offset + 1

    def _container(self, kind: int, items: list[int]) -> None:
        ref = self.store.node(kind, 0)
        self.stack.append(ref)
        if items:
            self.store.extend(ref, items, _MOST_PAIRS if kind == DICT else len(items))

    def _append(self, offset: int) -> int:
        item = self._pop(offset)
        self._need(1, offset)
        self._fill(LIST, "append", [item])
        return offset + 1

    def _appends(self, offset: int) -> int:
        items = self._pop_mark(offset)
        self._need(1, offset)
        self._fill(LIST, "append", items)
        return offset + 1

    def _additems(self, offset: int) -> int:
        items = self._pop_mark(offset)
        self._need(1, offset)
        self._fill(SET, "append", items)
        return offset + 1

    def _setitem(self, offset: int) -> int:
        self._need(3, offset)
        items = self.stack[-2:]
        del self.stack[-2:]
        self._fill(DICT, "item", items)
        return offset + 1

    def _setitems(self, offset: int) -> int:
        items = self._pop_mark(offset)
        self._need(1, offset)
        if len(items) & 1:
            raise StreamError("an odd number of items for SETITEMS", offset)
        self._fill(DICT, "item", items)
        return offset + 1

    def _fill(self, kind: int, via: str, items: list[int]) -> None:
        """Put items into what is on top of the stack, or tell that they go into a live object."""
        target = self.stack[-1]
        if self.store.kind(target) == kind:
            most = _MOST_PAIRS if kind == DICT else self.most_items
            self.store.extend(target, items, most)
        elif items:
            self.recorder.filled(target, items, via)

    def _global(self, offset: int) -> int:
        module, name, end = self._two_lines(offset)
        self.stack.append(self._find_class(module, name, offset))
        return end

    def _stack_global(self, offset: int) -> int:
        self._need(2, offset)
        name, module = self.stack.pop(), self.stack.pop()
        text = self.recorder.text
        plain_module, plain_name = text(module), text(name)
        if plain_module is not None and plain_name is not None:
            self.stack.append(self._find_class(plain_module, plain_name, offset))
        elif (module >= 0 and plain_module is None) or (name >= 0 and plain_name is None):
            raise StreamError("STACK_GLOBAL wants two strings", offset)
        else:
            self.stack.append(self.recorder.computed(module, name))
        return offset + 1

    def _find_class(self, module: str, name: str, offset: int) -> int:
        if self.protocol < 3:
            module, name = _renamed(module, name)
        return self.recorder.imported(module, name)

    def _two_lines(self, offset: int) -> tuple[str, str, int]:
        first, middle = self.window.line(offset + 1)
        second, end = self.window.line(middle) if first is not None else (None, middle)
        if first is None or second is None:
            raise StreamError("a name does not end", offset)
        try:
            return first.decode("utf-8"), second.decode("utf-8"), end
        except UnicodeDecodeError:
            raise StreamError("a name is not UTF-8", offset) from None

    def _inst(self, offset: int) -> int:
        if not self.marks:
            raise StreamError("there is no mark", offset)
        module, name, end = self._two_lines(offset)
        args = self.store.group(TUPLE, self._pop_mark(offset))
        self._make(self._find_class(module, name, offset), args, 0, 0)
        return end

    def _obj(self, offset: int) -> int:
        items = self._pop_mark(offset)
        if not items:
            raise self._underflow(offset)
        self._make(items[0], self.store.group(TUPLE, items[1:]), 0, 0)
        return offset + 1

    def _reduce(self, offset: int) -> int:
        self._need(2, offset)
        args, callable_ = self.stack.pop(), self.stack.pop()
        self._make(callable_, args, 0, 0)
        return offset + 1

    def _newobj(self, offset: int) -> int:
        self._need(2, offset)
        args, class_ = self.stack.pop(), self.stack.pop()
        self._make(class_, args, 0, 1)
        return offset + 1

    def _newobj_ex(self, offset: int) -> int:
        self._need(3, offset)
        kwargs, args, class_ = self.stack.pop(), self.stack.pop(), self.stack.pop()
        self._make(class_, args, kwargs, 1)
        return offset + 1

    def _make(self, callable_: int, args: int, kwargs: int, new: int) -> None:
        depth = self.store.depth(args)
        made = self.store.node(MADE | depth << 4, callable_, args, kwargs, new)
        self.stack.append(made)
        self.recorder.called(made)

    def _build(self, offset: int) -> int:
        self._need(2, offset)
        state = self.stack.pop()
        return max(self.recorder.built(self.stack[-1], state, offset + 1), offset + 1)

    def _persid(self, offset: int) -> int:
        line, end = self.window.line(offset + 1)
        if line is None:
            raise StreamError("a line does not end", offset)
        if not line.isascii():
            raise StreamError("a persistent id is not ASCII", offset)
        self._persistent(offset)
        return end

    def _binpersid(self, offset: int) -> int:
        self._persistent(self._pop(offset))
        return offset + 1

    def _persistent(self, ref: int) -> None:
        node = self.store.node(PERSISTENT, ref)
        self.stack.append(node)
        self.recorder.looked_up(node)

    def _extension(self, offset: int) -> int:
        width = {op.EXT1: 1, op.EXT2: 2, op.EXT4: 4}[self.window.read(offset, 1)[0]]
        code = int.from_bytes(self.window.read(offset + 1, width), "little", signed=width == 4)
        if code <= 0:
            raise StreamError("an extension code is not positive", offset)
        node = self.store.node(EXT, code)
        self.stack.append(node)
        self.recorder.looked_up(node)
        return offset + 1 + width

    def _next_buffer(self, offset: int) -> int:
        self.stack.append(self.store.unknown("out-of-band buffer"))
        return offset + 1

    def _readonly_buffer(self, offset: int) -> int:
        self._need(1, offset)
        return offset + 1


def _renamed(module: str, name: str) -> tuple[str, str]:
    """Rename a Python 2 global as `find_class` does for protocols below 3."""
    from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[(module, name)]
    return IMPORT_MAPPING.get(module, module), name


_HANDLERS = {
    op.PROTO: Machine._proto,
    op.FRAME: Machine._frame,
    op.STOP: Machine._stop,
    op.POP: Machine._pop_one,
    op.POP_MARK: Machine._pop_to_mark,
    op.DUP: Machine._dup,
    op.GET: Machine._get,
    op.PUT: Machine._put,
    op.TUPLE: Machine._tuple,
    op.TUPLE1: Machine._tuple_of,
    op.TUPLE3: Machine._tuple_of,
    op.LIST: Machine._list,
    op.DICT: Machine._dict,
    op.EMPTY_SET: Machine._empty_set,
    op.FROZENSET: Machine._frozenset,
    op.APPEND: Machine._append,
    op.APPENDS: Machine._appends,
    op.ADDITEMS: Machine._additems,
    op.SETITEM: Machine._setitem,
    op.SETITEMS: Machine._setitems,
    op.GLOBAL: Machine._global,
    op.STACK_GLOBAL: Machine._stack_global,
    op.INST: Machine._inst,
    op.OBJ: Machine._obj,
    op.REDUCE: Machine._reduce,
    op.NEWOBJ: Machine._newobj,
    op.NEWOBJ_EX: Machine._newobj_ex,
    op.BUILD: Machine._build,
    op.PERSID: Machine._persid,
    op.BINPERSID: Machine._binpersid,
    op.EXT1: Machine._extension,
    op.EXT2: Machine._extension,
    op.EXT4: Machine._extension,
    op.NEXT_BUFFER: Machine._next_buffer,
    op.READONLY_BUFFER: Machine._readonly_buffer,
}
