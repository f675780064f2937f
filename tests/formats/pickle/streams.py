"""Streams for the tests of the pickle machine: written by opcodes, by picklers, and damaged."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import io
import pickle
import struct
import uuid
from collections.abc import Callable

from hypothesis import strategies as st

NAMES = (
    ("os", "system"),
    ("builtins", "getattr"),
    ("__builtin__", "eval"),
    ("commands", "getoutput"),
    ("copy_reg", "_reconstructor"),
    ("itertools", "izip"),
    ("collections", "OrderedDict"),
    ("a.b", "C.d.e"),
    ("módulo", "ñame"),
    ("x" * 200, "y" * 300 + ".z" * 2200),
)
NUMBERS = (
    b"0",
    b"1",
    b"00",
    b"01",
    b"0x1f",
    b"-5",
    b" 7",
    b"1_0",
    b"077",
    b"9" * 30,
    b"1\x00z",
    b"",
)
INDEXES = (
    b"0",
    b"1",
    b"2",
    b"17",
    b" 3",
    b"+4",
    b"0000005",
    b"6\x00x",
    b"1_1",
    b"-1",
    b"x",
    b"3000000",
)
TEXTS = ("", "os", "system", "é", "a" * 70, "x" * 300, "\udc80", "C.d")


class Tape:
    """Decisions, taken from bytes that hypothesis chooses and shrinks."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def next(self, most: int) -> int:
        """Return a number below `most`."""
        if self.at >= len(self.data):
            return 0
        self.at += 1
        return self.data[self.at - 1] % most

    def pick(self, items: tuple[bytes, ...]) -> bytes:
        return items[self.next(len(items))]

    def __bool__(self) -> bool:
        return self.at < len(self.data)


def _names(tape: Tape) -> bytes:
    module, name = NAMES[tape.next(len(NAMES))]
    return module.encode() + b"\n" + name.encode() + b"\n"


def _text(tape: Tape) -> bytes:
    return TEXTS[tape.next(len(TEXTS))].encode("utf-8", "surrogatepass")


def _counted(code: bytes, form: str) -> Callable[[Tape], bytes]:
    def make(tape: Tape) -> bytes:
        text = _text(tape)
        if form == "<B":
            text = text[:255]
        return code + struct.pack(form, len(text)) + text

    return make


def _line(code: bytes, choices: tuple[bytes, ...]) -> Callable[[Tape], bytes]:
    return lambda tape: code + tape.pick(choices) + b"\n"


def _fixed(code: bytes, form: str = "", most: int = 256) -> Callable[[Tape], bytes]:
    return lambda tape: code + (struct.pack(form, tape.next(most)) if form else b"")


def _stack_global(tape: Tape) -> bytes:
    module, name = NAMES[tape.next(len(NAMES))]
    parts = [struct.pack("<I", len(text.encode())) + text.encode() for text in (module, name)]
    return b"X" + parts[0] + b"X" + parts[1] + b"\x93"


_STRINGS = (b"'os'", b'"a"', b"'a\\x41\\n'", b"'a'\r", b"a", b"'", b"'\\x'", b"''", b"'\xe9'")
_EXTENSIONS = (1, 2, 240, 4000, 70000)

#: Opcodes that only push, by weight of their place.
PUSHES: tuple[Callable[[Tape], bytes], ...] = (
    _fixed(b"N"),
    _fixed(b"\x88"),
    _fixed(b"\x89"),
    _fixed(b"K", "<B"),
    _fixed(b"M", "<H"),
    _fixed(b"J", "<i"),
    _fixed(b"G", ">d"),
    _line(b"I", NUMBERS),
    _line(b"L", tuple(number + b"L" for number in NUMBERS) + NUMBERS),
    _line(b"F", (b"1.5", b"nan", b"1", b"x", b"1_0.0", b"1.5\x00z")),
    _line(b"S", _STRINGS),
    _line(b"V", (b"abc", b"\\u0041", b"", b"\\u00", b"\xff")),
    _counted(b"U", "<B"),
    _counted(b"T", "<I"),
    _counted(b"X", "<I"),
    _counted(b"\x8c", "<B"),
    _counted(b"\x8d", "<Q"),
    _counted(b"C", "<B"),
    _counted(b"B", "<I"),
    _counted(b"\x8e", "<Q"),
    _counted(b"\x96", "<Q"),
    _counted(b"\x8a", "<B"),
    _counted(b"\x8b", "<i"),
    _fixed(b")"),
    _fixed(b"]"),
    _fixed(b"}"),
    _fixed(b"\x8f"),
    _fixed(b"\x97"),
    lambda tape: b"c" + _names(tape),
    _stack_global,
    _line(b"P", (b"pid", b"", b"\xff")),
    lambda tape: b"\x82" + struct.pack("<B", _EXTENSIONS[tape.next(3)]),
    lambda tape: b"\x83" + struct.pack("<H", _EXTENSIONS[tape.next(4)]),
    lambda tape: b"\x84" + struct.pack("<i", _EXTENSIONS[tape.next(5)]),
)
#: Opcodes that work on the stack, the memo or the stream.
WORKS: tuple[Callable[[Tape], bytes], ...] = (
    *(
        _fixed(bytes([code]))
        for code in b"(012\x85\x86\x87tlade\x90\x91usoRb\x81\x92\x93\x94Q\x98."
    ),
    _fixed(b"\x80", "<B", 7),
    _fixed(b"h", "<B", 8),
    _fixed(b"j", "<I", 8),
    _fixed(b"q", "<B", 8),
    _fixed(b"r", "<I", 8),
    _line(b"g", INDEXES),
    _line(b"p", INDEXES),
    lambda tape: b"i" + _names(tape),
    lambda tape: b"\x95" + struct.pack("<Q", tape.next(256)),
    lambda tape: b"r" + struct.pack("<I", 100_000 + tape.next(4)) + b"h\x00",
    lambda tape: bytes([tape.next(256)]),
)


def _idiom(tape: Tape) -> bytes:
    """Return a few opcodes that fit each other, so that calls and states come about."""
    inner = PUSHES[tape.next(len(PUSHES))](tape)
    stub = b"c" + _names(tape)
    return tape.pick(
        (
            stub + b"(" + inner + b"tR",
            stub + inner + b"\x85R",
            stub + b")\x81",
            stub + b")}\x92",
            b"(" + stub + inner + b"o",
            b"(" + inner + b"i" + _names(tape),
            stub + b")\x81}(" + b"X\x01\x00\x00\x00a" + inner + b"ub",
            stub + b")R(" + inner + b"e",
            stub + b")R(" + inner + inner + inner + b"u",
            stub + b")R" + inner + inner + b"s",
            stub + b")R(" + inner + b"\x90",
            stub + b"]" + inner + b"aR",
            b"}(" + inner + inner + b"u",
            b"](" + inner + inner + inner + b"e",
            b"(" + inner + b"l",
            b"(" + inner + inner + b"d",
            inner + b"\x94",
            inner + b"q\x01h\x01",
            inner + b"Q",
            stub + b")R(e",
        )
    )


def written(tape_bytes: bytes) -> bytes:
    """Return a stream of opcodes, most of which fit each other."""
    tape = Tape(tape_bytes)
    parts: list[bytes] = []
    protocol = tape.next(7)
    if protocol < 6:
        parts.append(b"\x80" + bytes([protocol]))
    while tape:
        kind = tape.next(8)
        if kind < 3:
            parts.append(_idiom(tape))
        elif kind < 6:
            parts.append(PUSHES[tape.next(len(PUSHES))](tape))
        else:
            parts.append(WORKS[tape.next(len(WORKS))](tape))
    return b"".join(parts) + b"."


WRITTEN = st.binary(min_size=1, max_size=160).map(written)

Point = collections.namedtuple("Point", "x y")


def _atoms() -> st.SearchStrategy[object]:
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(min_value=-(2**70), max_value=2**70),
        st.floats(),
        st.text(max_size=300),
        st.binary(max_size=300),
        st.binary(max_size=20).map(bytearray),
        st.dates(),
        st.datetimes(timezones=st.just(datetime.UTC)),
        st.fractions(),
        st.decimals(allow_nan=False),
        st.uuids(),
        st.sampled_from((int, collections.OrderedDict, len, fractions.Fraction, str.upper)),
    )


def _groups(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    keys = st.one_of(st.text(max_size=12), st.integers(), st.booleans())
    return st.one_of(
        st.lists(inner, max_size=6),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(keys, inner, max_size=5),
        st.sets(keys, max_size=4),
        st.frozensets(keys, max_size=4),
        st.dictionaries(keys, inner, max_size=4).map(collections.OrderedDict),
        inner.map(lambda value: [value, value]),
        st.lists(inner, max_size=3).map(collections.deque),
    )


OBJECTS = st.recursive(_atoms(), _groups, max_leaves=24)


def _dumped(value: object, protocol: int, python: bool) -> bytes:
    if not python:
        return pickle.dumps(value, protocol)
    file = io.BytesIO()
    pickle._Pickler(file, protocol).dump(value)  # type: ignore[attr-defined]
    return file.getvalue()


PICKLED = st.builds(_dumped, OBJECTS, st.integers(0, 5), st.booleans())

_EDIT = st.tuples(st.integers(0, 1 << 16), st.sampled_from("=+-"), st.integers(0, 255))


def _damaged(data: bytes, edits: list[tuple[int, str, int]], cut: int) -> bytes:
    stream = bytearray(data)
    for place, how, byte in edits:
        at = place % (len(stream) + 1)
        if how == "+":
            stream[at:at] = bytes([byte])
        elif how == "-":
            del stream[at : at + 1 + byte % 4]
        elif at < len(stream):
            stream[at] = byte
    return bytes(stream[: len(stream) - cut % (len(stream) + 1)])


DAMAGED = st.builds(
    _damaged,
    st.one_of(WRITTEN, PICKLED),
    st.lists(_EDIT, max_size=4),
    st.one_of(st.just(0), st.integers(0, 40)),
)

__all__ = ["DAMAGED", "OBJECTS", "PICKLED", "WRITTEN", "Point", "decimal", "uuid", "written"]
