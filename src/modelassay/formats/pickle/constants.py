"""Constants of a stream, decoded as `_pickle` does, and only when somebody asks for one."""

from __future__ import annotations

import codecs
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


class Constants:
    """The constants of the stream in `window`, by the offset of the opcode that pushes them."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def raw(self, ref: int, most: int = PREVIEW) -> tuple[int, bytes, int]:
        """Return opcode, the first `most` bytes of the operand, and its length in bytes."""
        head = self.window.read(ref, 9)
        code = head[0]
        if code in op.LINES or code == op.PERSID:
            line, end = self.window.line(ref + 1)
            length = end - ref - 2 if line is not None else 0
            return code, (line or b"")[:most], length
        width = abs(op.COUNTED.get(code, 0))
        if not width:
            length = max(op.FIXED[code] - 1, 0)
            return code, head[1 : 1 + length], length
        length = int.from_bytes(head[1 : 1 + width], "little")
        return code, self.window.read(ref + 1 + width, min(length, most)), length

    def start(self, ref: int) -> int:
        """Return the offset of the operand's own bytes."""
        return ref + 1 + abs(op.COUNTED.get(self.window.read(ref, 1)[0], 0))

    def is_text(self, ref: int) -> bool:
        """Whether a constant is a string."""
        return ref >= 0 and self.window.read(ref, 1)[0] in op.TEXT

    def text(self, ref: int, most: int = 1 << 16) -> str | None:
        """Return a string constant, `None` for any other or one longer than `most` bytes."""
        if not self.is_text(ref):
            return None
        code, data, length = self.raw(ref, most)
        return None if length > len(data) else _decode_text(code, data)

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
        case op.INT | op.LONG:
            return _number(code, data)
        case op.FLOAT:
            try:
                return Const(float(data))
            except ValueError:
                return Const(data)
    return Const(data.decode("utf-8", "replace"))


def _long(data: bytes) -> Const:
    return Const(int.from_bytes(data, "little", signed=True))


def _number(code: int, data: bytes) -> Const:
    """Read a number as C `strtol` with base 0, or `PyLong_FromString`, would."""
    text = data.decode("latin-1").strip()
    if code == op.INT and text in ("00", "01"):
        return Const(text == "01")
    if code == op.LONG:
        text = text.removesuffix("L")
    if len(text) > _MOST_NUMBER:
        return Const(text[:PREVIEW], len(text))
    digits = text.lstrip("+-")
    octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
    try:
        return Const(int(text, 8 if octal else 0))
    except ValueError:
        return Const(text)


def _decode_text(code: int, data: bytes) -> str | None:
    try:
        if code == op.UNICODE:
            return data.decode("raw-unicode-escape", "replace")
        if code == op.STRING:
            body = data.strip()
            if len(body) >= 2 and body[0] == body[-1] and body[:1] in (b"'", b'"'):
                body = body[1:-1]
            return codecs.escape_decode(body, "replace")[0].decode("latin-1")  # type: ignore[attr-defined,no-any-return]
        if code in (op.BINSTRING, op.SHORT_BINSTRING):
            return data.decode("latin-1")
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")
    except ValueError:
        return None
