"""Constants of a stream, decoded as `_pickle` does, and only when somebody asks for one."""

from __future__ import annotations

import re
import struct
from typing import Final

from modelassay.core.values import Const, Value
from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.window import Window

#: Bytes of a constant that are looked at for a preview.
PREVIEW: Final = 256
_MOST_NUMBER: Final = 4096
#: Opcodes of short whole numbers -> bytes of the number.
_INTEGERS: Final = {op.BININT1: 1, op.BININT2: 2, op.BININT: 4}
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED: Final = {
    b"\n": b"",
    b"\\": b"\\",
    b"'": b"'",
    b'"': b'"',
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}
_OCTAL: Final = re.compile(r"[+-]?0[0-7]+\Z")


class Constants:
    """The constants of the stream in `window`, by the offset of the opcode that pushes them."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def raw(self, ref: int, most: int = PREVIEW) -> tuple[int, bytes, int]:
        """Return opcode, the first `most` bytes of the operand, and its length in bytes."""
        window = self.window
        index = ref - window.base
        if 0 <= index < len(window.codes):
            head = window.buffer[index : index + 9]
        else:
            head = window.read(ref, 9)
        code = head[0]
        width = op.WIDTHS[code]
        if width:
            length = int.from_bytes(head[1 : 1 + width], "little")
            kept = length if length < most else most
            if 1 + width + kept <= len(head):
                return code, head[1 + width : 1 + width + kept], length
            return code, window.read(ref + 1 + width, kept), length
        if code in op.LINES or code == op.PERSID:
            line, end = window.line(ref + 1, most)
            return code, line, len(line) if end is None else end - ref - 2
        length = max(op.FIXED[code] - 1, 0)
        return code, head[1 : 1 + length], length

    def start(self, ref: int) -> int:
        """Return the offset of the operand's own bytes."""
        return ref + 1 + op.WIDTHS[self.window.read(ref, 1)[0]]

    def is_text(self, ref: int) -> bool:
        """Whether a constant is a string."""
        return ref >= 0 and self.window.read(ref, 1)[0] in op.TEXT

    def text(self, ref: int, most: int = 1 << 16) -> str | None:
        """Return a string constant, `None` for any other or one longer than `most` bytes."""
        if not self.is_text(ref):
            return None
        code, data, length = self.raw(ref, most)
        return None if length > len(data) else _decode_text(code, data)

    def start_of_text(self, ref: int, most: int) -> str:
        """Return what the first `most` bytes of a string constant say."""
        code, data, _ = self.raw(ref, most)
        return _decode_text(code, data) or ""

    def integer(self, ref: int) -> int | None:
        """Return a whole number, `None` for anything else."""
        if ref < 0:
            return None
        head = self.window.read(ref, 5)
        width = _INTEGERS.get(head[0])
        if width is not None:
            return int.from_bytes(head[1 : 1 + width], "little", signed=width == 4)
        value = self.value(ref)
        plain = value.value if isinstance(value, Const) else None
        return plain if isinstance(plain, int) and not isinstance(plain, bool) else None

    def octets(self, ref: int, most: int) -> bytes | None:
        """Return a bytes constant whole, `None` for any other or one longer than `most`."""
        if ref < 0:
            return None
        code, data, length = self.raw(ref, most)
        return data if code in op.BYTES and length <= most else None

    def value(self, ref: int) -> Value:
        """Return a constant as a value, cut to a preview if it is long."""
        code, data, length = self.raw(ref)
        size = length if length > len(data) else None
        if code in op.TEXT:
            text = _decode_text(code, data)
            return Const(text if text is not None else data, size)
        if code in op.BYTES:
            return Const(data, size)
        if code in (op.LONG1, op.LONG4):
            return _long(data) if size is None else Const("a long integer", size)
        if code in (op.INT, op.LONG) and length <= _MOST_NUMBER:
            return _number(code, self.raw(ref, _MOST_NUMBER)[1])
        return _decode_plain(code, data)


def _decode_plain(code: int, data: bytes) -> Value:
    match code:
        case op.NONE:
            return Const(None)
        case op.NEWTRUE:
            return Const(True)
        case op.NEWFALSE:
            return Const(False)
        case op.BININT1 | op.BININT2:
            return Const(int.from_bytes(data, "little"))
        case op.BININT:
            return Const(int.from_bytes(data, "little", signed=True))
        case op.BINFLOAT if len(data) == 8:
            return Const(struct.unpack(">d", data)[0])
        case op.FLOAT:
            try:
                return Const(float(data.partition(b"\0")[0]))
            except ValueError:
                return Const(data)
    return Const(data.decode("utf-8", "replace"))


def _long(data: bytes) -> Const:
    return Const(int.from_bytes(data, "little", signed=True))


def _number(code: int, data: bytes) -> Const:
    """Read a number with base 0, up to a NUL, as `strtol` or `PyLong_FromString` would.

    INT takes a leading zero as octal, and 0 or 1 in two characters as false or true.
    """
    text = data.decode("latin-1")
    if code == op.LONG:
        text = text.removesuffix("L")
    text = text.partition("\0")[0].strip(" \t\n\r\f\v")
    octal = code == op.INT and _OCTAL.match(text) is not None
    try:
        number = int(text, 8 if octal else 0)
    except ValueError:
        return Const(text)
    if code == op.INT and len(data) == 2 and number in (0, 1):
        return Const(number == 1)
    return Const(number)


def _decode_text(code: int, data: bytes) -> str | None:
    """Decode a string; 8-bit strings of Python 2 as UTF-8 if they are it, else as Latin-1."""
    try:
        if code == op.UNICODE:
            return data.decode("raw-unicode-escape", "replace")
        if code == op.STRING:
            body = data.strip()
            if len(body) >= 2 and body[0] == body[-1] and body[:1] in (b"'", b'"'):
                body = body[1:-1]
            data = _ESCAPE.sub(_unescape, body)
        if code in op.STRINGS:
            return _eight_bit(data)
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")
    except ValueError:
        return None


def _unescape(found: re.Match[bytes]) -> bytes:
    """Return what an escape of a quoted string stands for, itself if it is none."""
    body = found[1]
    if body[0] in b"01234567":
        return bytes([int(body, 8) & 0xFF])
    if body[0] == ord("x") and len(body) == 3:
        return bytes([int(body[1:], 16)])
    return _ESCAPED.get(body, found[0])


def _eight_bit(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
