"""What the less common opcodes do: one function each, from the offset of the opcode to its end.

Source: the `load_*` functions of `Modules/_pickle.c` and of `Lib/pickle.py` (CPython 3.8 to 3.14).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.errors import StreamError
from modelassay.formats.pickle.store import (
    DICT,
    EXT,
    FROZENSET,
    GLOBAL,
    LIST,
    MADE,
    PERSISTENT,
    SET,
    TUPLE,
    UNKNOWN,
)

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

Handler: TypeAlias = "Callable[[Machine, int], int]"

HIGHEST_PROTOCOL: Final = 5
#: A name that is longer is cut; no honest one is.
_LONGEST_NAME: Final = 1 << 16
_LONGEST_INDEX: Final = 1 << 20
#: Digits of the largest index a loader takes, 2 ** 63 - 1.
_MOST_DIGITS: Final = 19
_BLANK: Final = b" \t\n\r\f\v"


# Constants.


def _no_opcode(machine: Machine, offset: int) -> int:
    code = machine.window.read(offset, 1)[0]
    raise StreamError(f"{code:#04x} is no opcode", offset)


def _line_constant(machine: Machine, offset: int) -> int:
    _, end = machine.window.line(offset + 1, 0)
    if end is None:
        raise StreamError("a line does not end", offset)
    machine.stack.append(offset)
    return end


def _counted(machine: Machine, offset: int) -> int:
    code = machine.window.read(offset, 1)[0]
    width = op.COUNTED[code]
    length = int.from_bytes(_operand(machine, offset, width), "little", signed=code == op.LONG4)
    if length < 0:
        raise StreamError("a length is negative", offset)
    end = offset + 1 + width + length
    if end > machine.window.blob.size:
        left = machine.window.blob.size - offset
        machine.recorder.claimed(length, left)
        raise StreamError(f"a constant claims {length} bytes of {left} left", offset)
    machine.stack.append(offset)
    return end


def _operand(machine: Machine, offset: int, width: int) -> bytes:
    """Return the operand of a fixed width."""
    data = machine.window.read(offset + 1, width)
    if len(data) < width:
        raise StreamError("the stream is cut short inside an opcode", offset)
    return data


# The stream itself.


def _proto(machine: Machine, offset: int) -> int:
    protocol = _operand(machine, offset, 1)[0]
    if protocol > HIGHEST_PROTOCOL:
        # A loader refuses it here; what follows is read all the same.
        machine.recorder.anomaly("protocol", f"there is no protocol {protocol}", offset)
    machine.protocol = protocol
    return offset + 2


def _frame(machine: Machine, offset: int) -> int:
    length = int.from_bytes(_operand(machine, offset, 8), "little")
    left = machine.window.blob.size - offset - 9
    if length > left:
        message = f"a frame claims {length} bytes, {left} follow"
        machine.recorder.anomaly("frame-length", message, offset)
    else:
        machine.enter_frame(offset, offset + 9 + length)
    return offset + 9


def _stop(machine: Machine, offset: int) -> int:
    machine.result = machine.pop(offset)
    machine.recorder.result(machine.result)
    machine.stopped = True
    return offset + 1


# Stack and memo.


def _pop(machine: Machine, offset: int) -> int:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.pop(offset)
    return offset + 1


def _pop_mark(machine: Machine, offset: int) -> int:
    del machine.stack[machine.pop_mark(offset) :]
    return offset + 1


def _dup(machine: Machine, offset: int) -> int:
    machine.need(1, offset)
    machine.stack.append(machine.stack[-1])
    return offset + 1


def _get(machine: Machine, offset: int) -> int:
    index, end = _index_line(machine, offset)
    machine.stack.append(machine.recall(index, offset))
    return end


def _put(machine: Machine, offset: int) -> int:
    index, end = _index_line(machine, offset)
    if index < 0:
        raise StreamError("a memo index is negative", offset)
    machine.remember(index, offset)
    return end


def _index_line(machine: Machine, offset: int) -> tuple[int, int]:
    """Read a memo index as `PyLong_FromString` does: up to a NUL, blanks and zeros around it."""
    line, end = machine.window.line(offset + 1, _LONGEST_INDEX)
    if end is None:
        raise StreamError("a line does not end", offset)
    text = line.partition(b"\0")[0].strip(_BLANK)
    sign, digits = text[:1], text
    if sign in (b"+", b"-"):
        digits = text[1:]
    short = digits.lstrip(b"0") if digits[:1] == b"0" and digits.isdigit() else digits
    if len(short) > 2 * _MOST_DIGITS:
        raise StreamError("a memo index is no number", offset)
    try:
        index = int(short or b"0") if digits else int(b"")
    except ValueError:
        raise StreamError("a memo index is no number", offset) from None
    return (-index if sign == b"-" else index), end


# Containers.


def _tuple(machine: Machine, offset: int) -> int:
    stack = machine.stack
    stack.append(machine.store.group(TUPLE, stack, machine.pop_mark(offset)))
    return offset + 1


def _frozenset(machine: Machine, offset: int) -> int:
    stack = machine.stack
    stack.append(machine.store.group(FROZENSET, stack, machine.pop_mark(offset)))
    return offset + 1


def _list(machine: Machine, offset: int) -> int:
    _container(machine, LIST, machine.pop_mark(offset))
    return offset + 1


def _dict(machine: Machine, offset: int) -> int:
    mark = machine.pop_mark(offset)
    if (len(machine.stack) - mark) & 1:
        raise StreamError("an odd number of items for DICT", offset)
    _container(machine, DICT, mark)
    return offset + 1


def _empty_set(machine: Machine, offset: int) -> int:
    _container(machine, SET, len(machine.stack))
    return offset + 1


def _container(machine: Machine, kind: int, start: int) -> None:
    """Put what stands on the stack from `start` on into a new container."""
    ref = machine.store.empty(kind)
    machine.store.extend(ref, machine.stack, start, machine.most_items)
    machine.stack.append(ref)


def _append(machine: Machine, offset: int) -> int:
    machine.need(2, offset)
    _fill(machine, LIST, "append", len(machine.stack) - 1)
    return offset + 1


def _appends(machine: Machine, offset: int) -> int:
    _fill(machine, LIST, "append", _filling(machine, offset))
    return offset + 1


def _additems(machine: Machine, offset: int) -> int:
    _fill(machine, SET, "append", _filling(machine, offset))
    return offset + 1


def _setitem(machine: Machine, offset: int) -> int:
    machine.need(3, offset)
    _fill(machine, DICT, "item", len(machine.stack) - 2)
    return offset + 1


def _setitems(machine: Machine, offset: int) -> int:
    start = _filling(machine, offset)
    odd = (len(machine.stack) - start) & 1
    if odd:
        # `Lib/pickle.py` sets the pairs before it finds that one has no value.
        machine.stack.pop()
    _fill(machine, DICT, "item", start)
    if odd:
        raise StreamError("an odd number of items for SETITEMS", offset)
    return offset + 1


def _filling(machine: Machine, offset: int) -> int:
    """Take the topmost mark, and return where the items start that go into what is below it."""
    start = machine.pop_mark(offset)
    machine.need(len(machine.stack) - start + 1, offset)
    return start


def _fill(machine: Machine, kind: int, via: Literal["item", "append"], start: int) -> None:
    """Put the items from `start` on into what is below, or tell that they go into a live object."""
    stack = machine.stack
    target = stack[start - 1]
    if machine.store.kind(target) == kind:
        machine.store.extend(target, stack, start, machine.most_items)
        return
    items = list(stack[start:])
    del stack[start:]
    if target < 0:
        # Even without items: `Lib/pickle.py` calls `extend` all the same.
        machine.recorder.filled(target, items, via)


# Globals and calls.


def _global(machine: Machine, offset: int) -> int:
    module, name, end = _two_lines(machine, offset)
    if end is None:
        raise StreamError("a name does not end", offset)
    machine.stack.append(_find_class(machine, module, name))
    return end


def _inst(machine: Machine, offset: int) -> int:
    module, name, end = _two_lines(machine, offset)
    if end is None and (not name or not machine.marks):
        raise StreamError("a name does not end", offset)
    # `Lib/pickle.py` resolves the name before it looks for the mark.
    callable_ = _find_class(machine, module, name)
    args = machine.store.group(TUPLE, machine.stack, machine.pop_mark(offset))
    _make(machine, callable_, args, 0, 0)
    if end is None:
        raise StreamError("a name does not end", offset)
    return end


def _two_lines(machine: Machine, offset: int) -> tuple[str, str, int | None]:
    """Return module and name, and where they end; `None` if the second line does not.

    Of such a line `Lib/pickle.py` takes all but the last byte, and INST calls what that names.
    """
    module, middle = machine.window.line(offset + 1, _LONGEST_NAME)
    if middle is None:
        raise StreamError("a name does not end", offset)
    name, end = machine.window.line(middle, _LONGEST_NAME)
    if end is None:
        name = name[:-1]
    return _name(machine, module, offset), _name(machine, name, offset), end


def _name(machine: Machine, line: bytes, offset: int) -> str:
    if len(line) == _LONGEST_NAME:
        machine.recorder.anomaly("long-name", "a name is cut, it is too long", offset)
        return line.decode("utf-8", "replace")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise StreamError("a name is not UTF-8", offset) from None


def _stack_global(machine: Machine, offset: int) -> int:
    machine.need(2, offset)
    name, module = machine.stack.pop(), machine.stack.pop()
    texts = [_operand_text(machine, module, offset), _operand_text(machine, name, offset)]
    if texts[0] is not None and texts[1] is not None:
        ref = _find_class(machine, texts[0], texts[1])
    else:
        ref = machine.recorder.computed(module, name)
    machine.stack.append(ref)
    return offset + 1


def _operand_text(machine: Machine, ref: int, offset: int) -> str | None:
    """Return a string constant, `None` for what only the loading process can tell."""
    if ref < 0:
        if machine.store.kind(ref) in (MADE, GLOBAL, PERSISTENT, EXT, UNKNOWN):
            return None
        raise StreamError("STACK_GLOBAL wants two strings", offset)
    text = machine.recorder.text(ref, _LONGEST_NAME)
    if text is None:
        if not machine.recorder.constants.is_text(ref):
            raise StreamError("STACK_GLOBAL wants two strings", offset)
        machine.recorder.anomaly("long-name", "a name is cut, it is too long", offset)
        text = machine.recorder.constants.start_of_text(ref, _LONGEST_NAME)
    return text


def _find_class(machine: Machine, module: str, name: str) -> int:
    if machine.protocol < 3:
        module, name = _renamed(module, name)
    return machine.recorder.imported(module, name)


def _renamed(module: str, name: str) -> tuple[str, str]:
    """Rename a Python 2 global as `find_class` does for protocols below 3."""
    from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[(module, name)]
    return IMPORT_MAPPING.get(module, module), name


def _obj(machine: Machine, offset: int) -> int:
    mark = machine.pop_mark(offset)
    if len(machine.stack) == mark:
        raise StreamError("the stack has too few items", offset)
    args = machine.store.group(TUPLE, machine.stack, mark + 1)
    _make(machine, machine.stack.pop(), args, 0, 0)
    return offset + 1


def _newobj_ex(machine: Machine, offset: int) -> int:
    machine.need(3, offset)
    kwargs, args = machine.stack.pop(), machine.stack.pop()
    _make(machine, machine.stack.pop(), args, kwargs, 1)
    return offset + 1


def _make(machine: Machine, callable_: int, args: int, kwargs: int, new: int) -> None:
    made = machine.store.made(callable_, args, kwargs, new)
    machine.stack.append(made)
    machine.recorder.called(made, callable_, args, kwargs, bool(new))


# What the loading process supplies.


def _persid(machine: Machine, offset: int) -> int:
    line, end = machine.window.line(offset + 1)
    if end is None:
        # `Lib/pickle.py` takes all but the last byte and asks for that.
        line = line[:-1]
    if not line.isascii():
        raise StreamError("a persistent id is not ASCII", offset)
    _persistent(machine, offset)
    if end is None:
        raise StreamError("a line does not end", offset)
    return end


def _binpersid(machine: Machine, offset: int) -> int:
    _persistent(machine, machine.pop(offset))
    return offset + 1


def _persistent(machine: Machine, ref: int) -> None:
    node = machine.store.node(PERSISTENT, ref)
    machine.stack.append(machine.recorder.looked_up(node))


def _extension(machine: Machine, offset: int) -> int:
    width = _EXT_WIDTH[machine.window.read(offset, 1)[0]]
    code = int.from_bytes(_operand(machine, offset, width), "little", signed=width == 4)
    if code <= 0:
        raise StreamError("an extension code is not positive", offset)
    node = machine.store.node(EXT, code)
    machine.stack.append(node)
    machine.recorder.looked_up(node)
    return offset + 1 + width


def _next_buffer(machine: Machine, offset: int) -> int:
    machine.stack.append(machine.store.unknown("out-of-band buffer"))
    return offset + 1


def _readonly_buffer(machine: Machine, offset: int) -> int:
    machine.need(1, offset)
    return offset + 1


_EXT_WIDTH: Final = {op.EXT1: 1, op.EXT2: 2, op.EXT4: 4}

_BY_OPCODE: Final[dict[int, Handler]] = {
    **dict.fromkeys(op.LINES, _line_constant),
    **dict.fromkeys(op.COUNTED, _counted),
    op.PROTO: _proto,
    op.FRAME: _frame,
    op.STOP: _stop,
    op.POP: _pop,
    op.POP_MARK: _pop_mark,
    op.DUP: _dup,
    op.GET: _get,
    op.PUT: _put,
    op.TUPLE: _tuple,
    op.LIST: _list,
    op.DICT: _dict,
    op.EMPTY_SET: _empty_set,
    op.FROZENSET: _frozenset,
    op.APPEND: _append,
    op.APPENDS: _appends,
    op.ADDITEMS: _additems,
    op.SETITEM: _setitem,
    op.SETITEMS: _setitems,
    op.GLOBAL: _global,
    op.STACK_GLOBAL: _stack_global,
    op.INST: _inst,
    op.OBJ: _obj,
    op.NEWOBJ_EX: _newobj_ex,
    op.PERSID: _persid,
    op.BINPERSID: _binpersid,
    op.EXT1: _extension,
    op.EXT2: _extension,
    op.EXT4: _extension,
    op.NEXT_BUFFER: _next_buffer,
    op.READONLY_BUFFER: _readonly_buffer,
}

#: The handler of each byte. Opcodes that `Machine` runs in line have none.
HANDLERS: Final[list[Handler]] = [_BY_OPCODE.get(code, _no_opcode) for code in range(256)]
