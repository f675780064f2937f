"""Stepping over plain opcodes one by one: what `plain` does where it is compiled.

What takes from the stack without making anything, or doubles it, is not plain: no pickler writes it
into data, and it could stand between any two opcodes.

Interpreted, this takes twice as long as the regular expressions of `plain`; compiled, a tenth of
it. Both take the same opcodes, which the tests hold against one another.
"""

from __future__ import annotations

from typing import Final

from modelassay.formats.pickle import opcodes as op

_PUSH, _MEMO, _OPEN, _CLOSE, _GET = 1, 2, 3, 4, 5
#: Containers that open or close one behind the other, as only deep nesting has them.
NEST: Final = 1000
_LONGEST_LINE: Final = 65535
_PROTOCOLS: Final = 5

#: Bytes of the opcodes of fixed width, 0 for others.
_WIDTH: Final = bytes(
    {
        **dict.fromkeys(b"()]}tldeuas\x85\x86\x87\x88\x89N\x8f\x90\x91\x94", 1),
        **dict.fromkeys(b"hKq\x80", 2),
        op.BININT2: 3,
        op.BININT: 5,
        op.LONG_BINGET: 5,
        op.LONG_BINPUT: 5,
        op.BINFLOAT: 9,
    }.get(code, 0)
    for code in range(256)
)
#: Bytes of the length behind an opcode, 0 for others.
_LENGTH: Final = bytes(
    {**dict.fromkeys(b"\x8cCU\x8a", 1), **dict.fromkeys(b"XB", 4)}.get(code, 0)
    for code in range(256)
)
#: What an opcode does to a run of containers that open or close.
_KIND: Final = bytes(
    {
        **dict.fromkeys(b"N\x88\x89)KMGJ\x8cXCBU\x8aIFLSV", _PUSH),
        **dict.fromkeys(b"hjg", _GET),
        **dict.fromkeys(b"\x94qrp\x80", _MEMO),
        **dict.fromkeys(b"]}\x8f(", _OPEN),
        **dict.fromkeys(b"\x85\x86\x87aetudsl\x90\x91", _CLOSE),
    }.get(code, 0)
    for code in range(256)
)
#: Constants that may stand before an opcode that closes a container in a run of them.
_TAKES: Final = bytes({op.TUPLE2: 1, op.TUPLE3: 2}.get(code, 0) for code in range(256))


def step(data: bytes) -> tuple[int, bool]:
    """Return how many bytes of `data` are whole opcodes, and whether a deep nest ends them."""
    size = len(data)
    widths, lengths, kinds, takes = _WIDTH, _LENGTH, _KIND, _TAKES
    opens = closes = pushes = gets = 0
    i = 0
    while i < size:
        code = data[i]
        width = widths[code]
        if not width:
            count = lengths[code]
            if not count:
                end = _line(data, i)
            elif i + 1 + count > size:
                break
            elif count == 1:
                end = i + 2 + data[i + 1]
            else:
                high = data[i + 4] << 24 | data[i + 3] << 16
                end = i + 5 + (high | data[i + 2] << 8 | data[i + 1])
        elif code == 0x72 and i + 5 <= size and (data[i + 4] or data[i + 3] > 15):
            end = i  # a far memo index
        elif code == 0x80 and i + 2 <= size and data[i + 1] > _PROTOCOLS:
            end = i
        else:
            end = i + width
        if end > size or end <= i:
            break
        kind = kinds[code]
        if kind == _PUSH:
            pushes += 1
        elif kind == _GET:
            gets += 1  # may be what was closed last
        elif kind != _MEMO:
            opens = (opens if pushes + gets <= 1 else 0) + 1 if kind == _OPEN else 0
            closes = (closes if pushes <= takes[code] else 0) + 1 if kind == _CLOSE else 0
            pushes = gets = 0
            if opens > NEST or closes > NEST:
                return end, True
        i = end
    return i, False


def _line(data: bytes, start: int) -> int:
    """Return the end of an opcode with a line, `start` for any other or one cut short."""
    code = data[start]
    if code in op.LINES:
        most = _LONGEST_LINE
    elif code == op.GET:
        most = 7
    elif code == op.PUT:
        most = 6
    else:
        return start
    end = data.find(b"\n", start + 1, start + 2 + most)
    if end <= start + 1:
        return start
    if code not in op.LINES and not data[start + 1 : end].isdigit():
        return start
    return end + 1
