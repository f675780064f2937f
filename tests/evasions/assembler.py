"""A pickle assembler: hostile streams are written by hand, and nothing of them is ever run."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple


class Global(NamedTuple):
    """A name the stream imports."""

    module: str
    name: str


class Call(NamedTuple):
    """REDUCE, or NEWOBJ with `new`."""

    callable: Any
    args: tuple[Any, ...] = ()
    new: bool = False


class Built(NamedTuple):
    """BUILD."""

    target: Any
    state: Any


def named(dotted: str) -> Global:
    """Return the global `module:qualified.name`."""
    module, _, name = dotted.partition(":")
    return Global(module, name)


def call(dotted: str, *args: Any) -> Call:
    """Return the call of a global."""
    return Call(named(dotted), args)


def new(dotted: str, *args: Any) -> Call:
    """Return the instantiation of a global without its `__init__`."""
    return Call(named(dotted), args, True)


def stream(value: Any) -> bytes:
    """Return a stream of protocol 4 that builds `value`."""
    return b"\x80\x04" + opcodes(value) + b"."


def opcodes(value: Any) -> bytes:
    """Return the opcodes that push `value`; bytearrays are taken as opcodes."""
    match value:
        case bytearray():
            return bytes(value)
        case Global(module, name):
            return opcodes(module) + opcodes(name) + b"\x93"
        case Call(callable_, args, new_):
            return opcodes(callable_) + opcodes(tuple(args)) + (b"\x81" if new_ else b"R")
        case Built(target, state):
            return opcodes(target) + opcodes(state) + b"b"
        case None | True | False:
            return {None: b"N", True: b"\x88", False: b"\x89"}[value]
        case int():
            data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
            return b"\x8a" + bytes([len(data)]) + data
        case float():
            return b"G" + struct.pack(">d", value)
        case str():
            data = value.encode("utf-8", "surrogatepass")
            return b"X" + struct.pack("<I", len(data)) + data
        case bytes():
            return b"B" + struct.pack("<I", len(value)) + value
        case tuple():
            return b"(" + b"".join(map(opcodes, value)) + b"t"
        case list():
            return b"](" + b"".join(map(opcodes, value)) + b"e"
        case dict():
            pairs = b"".join(opcodes(key) + opcodes(item) for key, item in value.items())
            return b"}(" + pairs + b"u"
    raise TypeError(value)
