"""Pickle streams as lists of opcodes, which can be written anew in other words.

Parsing is that of `pickletools`, which runs nothing. A stream is followed with a stack of where
each item begins, so that an item can be put between others; what cannot be followed is left alone.
"""

from __future__ import annotations

import _compat_pickle
import pickletools
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: Opcodes that take so many items off the stack and put one there.
_TAKES = {
    **dict.fromkeys(("TUPLE1", "BINPERSID", "READONLY_BUFFER"), 1),
    **dict.fromkeys(("TUPLE2", "STACK_GLOBAL", "REDUCE", "NEWOBJ", "BUILD", "APPEND"), 2),
    **dict.fromkeys(("TUPLE3", "NEWOBJ_EX", "SETITEM"), 3),
}
_GATHERS = {"TUPLE", "LIST", "DICT", "FROZENSET", "OBJ", "INST"}  # down to the mark
_ADDS = {"APPENDS", "SETITEMS", "ADDITEMS"}  # the same, to what stands below it
_MEMO = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}
_GETS = {"GET", "BINGET", "LONG_BINGET"}
STRINGS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"}
_SILENT = {"PROTO", "FRAME", "STOP"}
_CODES = {one.name: one.code.encode("latin-1") for one in pickletools.opcodes}


class UnfollowedError(Exception):
    """A stream that does not keep to the stack as opcodes go."""


@dataclass
class Op:
    """An opcode as it is to be written; `raw` is the whole of it."""

    name: str
    arg: Any
    raw: bytes
    before: list[bytes] = field(default_factory=list)


@dataclass
class Stream:
    """A stream: its opcodes, the range of each item, what follows it."""

    ops: list[Op]
    rest: bytes
    protocol: int = 0
    #: For each opcode that makes an item of others, where each of those begins.
    parts: dict[int, list[int]] = field(default_factory=dict)
    #: Where nothing is on the way: opcodes before which the stack holds so many items above marks.
    depths: list[int] = field(default_factory=list)

    def bytes(self) -> bytes:
        """Return it as it is written now."""
        return b"".join(b"".join(op.before) + op.raw for op in self.ops) + self.rest

    def imports(self) -> set[str]:
        """Return the modules that it may name."""
        names = {str(op.arg).split(" ")[0] for op in self.ops if op.name in ("GLOBAL", "INST")}
        return names | {op.arg for op in self.ops if isinstance(op.arg, str)}

    def renames(self, op: Op) -> bool:
        """Whether loaders take the name that a GLOBAL has for another, below protocol 3."""
        module, _, name = str(op.arg).partition(" ")
        mapped = module in _compat_pickle.IMPORT_MAPPING
        return mapped or (module, name) in _compat_pickle.NAME_MAPPING


def parse(data: bytes) -> Stream:
    """Return the first stream of `data`. Raises `UnfollowedError`."""
    ops: list[Op] = []
    try:
        found = list(pickletools.genops(data))
    except Exception as error:
        raise UnfollowedError(str(error)) from error
    starts = [place or 0 for _, _, place in found]
    ends = [*starts[1:], starts[-1] + 1]
    for (code, arg, _), start, end in zip(found, starts, ends, strict=True):
        ops.append(Op(code.name, arg, data[start:end]))
    stream = Stream(ops, data[ends[-1] :])
    stream.protocol = max((op.arg for op in ops if op.name == "PROTO"), default=0)
    _follow(stream)
    return stream


def _follow(stream: Stream) -> None:
    stack: list[int] = []
    marks: list[int] = []
    for index, op in enumerate(stream.ops):
        floor = marks[-1] if marks else 0
        stream.depths.append(len(stack) - floor)
        if op.name in _SILENT or op.name in _MEMO:
            continue
        if op.name == "MARK":
            marks.append(len(stack))
        elif op.name in _GATHERS or op.name in _ADDS or op.name == "POP_MARK":
            if not marks:
                raise UnfollowedError("no mark")
            at = marks.pop()
            parts, stack[at:] = stack[at:], []
            if op.name in _GATHERS:
                stream.parts[index] = parts
                stack.append(_mark_of(stream, index, parts))
        elif op.name == "POP":
            if len(stack) <= floor:
                raise UnfollowedError("POP of a mark")
            stack.pop()
        elif op.name == "DUP":
            stack.append(index)
        else:
            taken = _TAKES.get(op.name, 0)
            if len(stack) - floor < taken:
                raise UnfollowedError("too few items")
            parts = stack[len(stack) - taken :]
            del stack[len(stack) - taken :]
            stream.parts[index] = parts
            stack.append(parts[0] if parts else index)
    if not stack:
        raise UnfollowedError("nothing is left")


def _mark_of(stream: Stream, index: int, parts: list[int]) -> int:
    """Return where the mark of what is gathered at `index` stands."""
    start = parts[0] if parts else index
    while start > 0 and stream.ops[start - 1].name in _SILENT | _MEMO | {"FRAME"}:
        start -= 1
    if start == 0 or stream.ops[start - 1].name != "MARK":
        raise UnfollowedError("no mark in front")
    return start - 1


def text(value: str, form: str) -> bytes:
    """Return the opcode that pushes a text."""
    raw = value.encode("utf-8", "surrogatepass")
    if form == "SHORT_BINUNICODE" and len(raw) < 256:
        return b"\x8c" + bytes([len(raw)]) + raw
    if form == "BINUNICODE8":
        return b"\x8d" + struct.pack("<Q", len(raw)) + raw
    if form == "UNICODE":
        plain = "".join(f"\\u{ord(c):04x}" if c in "\\\n\r\0\x1a" else c for c in value)
        return b"V" + plain.encode("raw-unicode-escape") + b"\n"
    if form == "ESCAPED":
        return b"V" + "".join(f"\\U{ord(c):08x}" for c in value).encode() + b"\n"
    if form in BYTE_TEXTS and value.isascii() and value.isprintable():
        return _string(raw, form)
    return b"X" + struct.pack("<I", len(raw)) + raw


#: Texts of Python 2, which loaders decode; by default they must be ASCII.
BYTE_TEXTS = ("STRING", "QUOTED", "BINSTRING", "SHORT_BINSTRING")


def _string(raw: bytes, form: str) -> bytes:
    if form == "STRING":
        return b"S'" + b"".join(b"\\x%02x" % byte for byte in raw) + b"'\n"
    if form == "QUOTED":
        return b'S"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"\n'
    if form == "SHORT_BINSTRING" and len(raw) < 256:
        return b"U" + bytes([len(raw)]) + raw
    return b"T" + struct.pack("<I", len(raw)) + raw


def octets(value: bytes, form: str) -> bytes:
    """Return the opcodes that push bytes."""
    if form == "SHORT_BINBYTES" and len(value) < 256:
        return b"C" + bytes([len(value)]) + value
    if form == "BINBYTES8":
        return b"\x8e" + struct.pack("<Q", len(value)) + value
    if form == "ENCODED":  # as protocol 2 has them
        both = text(value.decode("latin-1"), "BINUNICODE") + text("latin1", "BINUNICODE")
        return b"c_codecs\nencode\n(" + both + b"tR"
    return b"B" + struct.pack("<I", len(value)) + value


def decimal(value: float, form: str) -> bytes:
    """Return the opcode that pushes a number with a fraction."""
    return b"F%r\n" % value if form == "FLOAT" else b"G" + struct.pack(">d", value)


def integer(value: int, form: str) -> bytes:
    """Return the opcode that pushes a number."""
    if form == "BININT1" and 0 <= value < 256:
        return b"K" + bytes([value])
    if form == "BININT2" and 0 <= value < 1 << 16:
        return b"M" + struct.pack("<H", value)
    if form == "BININT" and -(1 << 31) <= value < 1 << 31:
        return b"J" + struct.pack("<i", value)
    if form == "INT":
        return b"I%d\n" % value
    if form == "HEX":
        return b"I" + hex(value).encode() + b"\n"
    if form == "LONG":
        return b"L%dL\n" % value
    if form == "BARE":
        return b"L %d\n" % value
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    if form == "LONG4" or len(raw) > 255:
        return b"\x8b" + struct.pack("<i", len(raw)) + raw
    return b"\x8a" + bytes([len(raw)]) + raw


def put(index: int, form: str) -> bytes:
    """Return the opcode that keeps the top of the stack as `index`."""
    if form == "PUT":
        return b"p%d\n" % index
    if form == "SPELLED":
        return b"p" + _spelled(index) + b"\n"
    if form == "BINPUT" and index < 256:
        return b"q" + bytes([index])
    return b"r" + struct.pack("<I", index)


def get(index: int, form: str) -> bytes:
    """Return the opcode that pushes what is kept as `index`."""
    if form == "GET":
        return b"g%d\n" % index
    if form == "SPELLED":
        return b"g" + _spelled(index) + b"\n"
    if form == "BINGET" and index < 256:
        return b"h" + bytes([index])
    return b"j" + struct.pack("<I", index)


def _spelled(index: int) -> bytes:
    """Return a number as `int` takes it, and nobody writes it."""
    return b" +0" + "_".join(str(index)).encode() + b"\t"


def memo(stream: Stream) -> Iterator[tuple[Op, int]]:
    """Yield each opcode of the memo with the index it means."""
    kept: set[int] = set()
    for op in stream.ops:
        if op.name == "MEMOIZE":
            index = len(kept)
        elif op.name in _MEMO or op.name in _GETS:
            index = int(op.arg)
        else:
            continue
        if op.name in _MEMO:
            kept.add(index)
        yield op, index


def is_put(op: Op) -> bool:
    """Whether `op` keeps something."""
    return op.name in _MEMO
