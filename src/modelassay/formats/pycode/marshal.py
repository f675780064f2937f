"""A bounded reader of the marshal format, versions 0 to 5, for hostile input.

Source: CPython Python/marshal.c (`r_object`) at 2.7 and at 3.4 to 3.14. It differs from it where
that one would allocate or recurse by the file's word: nothing is allocated by a claimed length,
nesting is a list and not the stack, and what was read before an error is kept.

The blob does not tell which version wrote it, and TYPE_CODE has had four layouts; each is tried,
and the one that fits best is taken, the others being reported (`Marshalled.alternatives`).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from modelassay.formats.pycode.code import CodeObject, build
from modelassay.formats.pycode.layouts import LAYOUTS, NUMBERS, PYTHON_27, Layout
from modelassay.formats.pycode.values import MISSING, Group, Opaque
from modelassay.formats.pycode.versions import faults

MAX_NODES = 200_000
MAX_DEPTH = 2000  # MAX_MARSHAL_STACK_DEPTH: deeper, CPython refuses it too
_SAMPLE_CODES = 16
_MAX_LONG_DIGITS = 4096  # of 15 bits; more is kept as opaque
_FLAG_REF = 0x80
_RECURSIVE = Opaque("reference to an unfinished object")


class MarshalError(ValueError):
    """The bytes at `offset` are not what the format demands; `reason` says why."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"{reason} at offset {offset}")
        self.offset = offset
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False)
class Marshalled:
    """What was read: the value (unfinished containers closed early if there is an `error`).

    `codes` are all code objects in order of their end, `end` the offset after the value, `size`
    that of the input (marshal.loads ignores what follows `end`), `nodes` the count of values.
    `alternatives` are the plausible readings in other layouts.
    """

    value: object
    codes: tuple[CodeObject, ...]
    end: int
    size: int
    nodes: int
    error: MarshalError | None
    layout: Layout
    alternatives: tuple["Marshalled", ...] = ()


@dataclass(slots=True)
class _Frame:
    """A container being read."""

    kind: str
    offset: int
    count: int  # of values; -1: until the NULL mark
    reference: int | None = None
    items: list[object] = field(default_factory=list)


class _Reader:
    def __init__(self, data: memoryview, offset: int, layout: Layout, max_nodes: int) -> None:
        self._data = data
        self._at = offset
        self._layout = layout
        self._max_nodes = max_nodes
        self._stack: list[_Frame] = []
        self._references: list[object] = []
        self._interned: list[object] = []
        self._codes: list[CodeObject] = []
        self._nodes = 0

    def read(self) -> Marshalled:
        error: MarshalError | None = None
        value: object = MISSING
        try:
            value = self._value()
        except MarshalError as found:
            error = found
            while self._stack:
                frame = self._stack.pop()
                value = self._finish(frame)
                if self._stack:
                    self._stack[-1].items.append(value)
        codes = tuple(self._codes)
        size = len(self._data)
        return Marshalled(value, codes, self._at, size, self._nodes, error, self._layout)

    def _value(self) -> object:
        while True:
            start = self._at
            value = self._object(self._byte(), start)
            self._nodes += 1
            if self._nodes > self._max_nodes:
                raise MarshalError(start, f"more than {self._max_nodes} values")
            while value is not _PENDING:
                if not self._stack:
                    return value
                value = self._deliver(value, start)

    def _deliver(self, value: object, start: int) -> object:
        """Hand a value to the innermost container; return that one if this completes it."""
        frame = self._stack[-1]
        if value is _NULL:
            if frame.count != -1 or len(frame.items) % 2:
                raise MarshalError(start, "NULL mark where a value is expected")
            return self._pop()
        frame.items.append(value)
        return self._advance(frame)

    def _advance(self, frame: _Frame) -> object:
        if frame.kind == "code":
            fields = self._layout.fields
            while len(frame.items) < len(fields) and fields[len(frame.items)] in NUMBERS:
                frame.items.append(self._int32())
        return self._pop() if len(frame.items) == frame.count else _PENDING

    def _pop(self) -> object:
        frame = self._stack.pop()
        value = self._finish(frame)
        if frame.reference is not None:
            self._references[frame.reference] = value
        return value

    def _finish(self, frame: _Frame) -> object:
        if frame.kind == "code":
            # References let many code objects share a long tuple: converting it counts as reading.
            self._nodes += sum(len(one) for one in frame.items if isinstance(one, tuple))
            if self._nodes > 2 * self._max_nodes:
                return Opaque("code object beyond the limit")
            raw = dict(zip(self._layout.fields, frame.items, strict=False))
            code = build(raw, self._layout, frame.offset)
            if len(frame.items) < frame.count:
                code = replace(code, faults=(*code.faults, "cut short"))
            self._codes.append(code)
            return code
        items = tuple(frame.items)
        return items if frame.kind == "tuple" else Group(frame.kind, items)

    # Reading of single objects

    def _object(self, mark: int, start: int) -> object:
        flag = mark & _FLAG_REF and self._layout is not PYTHON_27
        kind = chr(mark & ~_FLAG_REF if flag else mark)
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind in _CONTAINERS:
            return self._open(kind, bool(flag), start)
        if kind == "r" and self._layout is not PYTHON_27:
            return self._reference(self._references, start)
        if kind == "R" and self._layout is PYTHON_27:
            return self._reference(self._interned, start)
        reader = _LEAVES.get(kind)
        if reader is None:
            raise MarshalError(start, f"unknown type 0x{mark:02x}")
        value = reader(self)
        if flag:
            self._references.append(value)
        return value

    def _open(self, kind: str, flag: bool, start: int) -> object:
        name = _CONTAINERS[kind]
        if kind == "c":
            count = len(self._layout.fields)
        elif kind in "{:":
            count = -1 if kind == "{" else 3
        else:
            count = self._byte() if kind == ")" else self._length()
        if len(self._stack) >= MAX_DEPTH:
            raise MarshalError(start, f"nested deeper than {MAX_DEPTH}")
        frame = _Frame(name, start, count)
        if flag:
            frame.reference = len(self._references)
            self._references.append(_RECURSIVE)
        self._stack.append(frame)
        return self._advance(frame)

    def _reference(self, table: list[object], start: int) -> object:
        index = self._int32()
        if not 0 <= index < len(table):
            raise MarshalError(start, f"reference {index} of {len(table)}")
        return table[index]

    def _take(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise MarshalError(self._at, f"{count} bytes needed, {len(self._data) - self._at} left")
        self._at += count
        return bytes(self._data[self._at - count : self._at])

    def _byte(self) -> int:
        return self._take(1)[0]

    def _int32(self) -> int:
        return int.from_bytes(self._take(4), "little", signed=True)

    def _length(self) -> int:
        start = self._at
        length = self._int32()
        if length < 0:
            raise MarshalError(start, f"length {length}")
        return length

    def _int64(self) -> int:
        return int.from_bytes(self._take(8), "little", signed=True)

    def _long(self) -> object:
        start = self._at
        count = self._int32()
        digits = self._take(2 * abs(count))
        if abs(count) > _MAX_LONG_DIGITS:
            return Opaque(f"int of {abs(count)} digits of 15 bits")
        value = 0
        for (digit,) in reversed(list(struct.iter_unpack("<H", digits))):
            if digit >> 15:
                raise MarshalError(start, "digit of an int out of range")
            value = value << 15 | digit
        return -value if count < 0 else value

    def _float_text(self) -> float:
        start = self._at
        try:
            return float(self._take(self._byte()))
        except MarshalError:
            raise
        except ValueError:
            raise MarshalError(start, "not a number") from None

    def _float(self) -> float:
        (value,) = struct.unpack("<d", self._take(8))
        return float(value)

    def _bytes(self) -> bytes:
        return self._take(self._length())

    def _ascii(self) -> str:
        return self._take(self._length()).decode("latin-1")

    def _short_ascii(self) -> str:
        return self._take(self._byte()).decode("latin-1")

    def _unicode(self) -> str:
        start = self._at
        try:
            return self._bytes().decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise MarshalError(start, "not UTF-8") from None

    def _interned_text(self) -> object:
        if self._layout is not PYTHON_27:
            return self._unicode()
        text = self._bytes()
        self._interned.append(text)
        return text


_PENDING = Opaque("unfinished")
_NULL = Opaque("NULL")
_CONSTANTS: dict[str, object] = {
    "0": _NULL,
    "N": None,
    "T": True,
    "F": False,
    "S": Opaque("StopIteration"),
    ".": Ellipsis,
}
_CONTAINERS = {
    "(": "tuple",
    ")": "tuple",
    "[": "list",
    "<": "set",
    ">": "frozenset",
    "{": "dict",
    ":": "slice",
    "c": "code",
}
_LEAVES: dict[str, Callable[[_Reader], object]] = {
    "i": _Reader._int32,
    "I": _Reader._int64,
    "l": _Reader._long,
    "f": _Reader._float_text,
    "g": _Reader._float,
    "x": lambda reader: complex(reader._float_text(), reader._float_text()),
    "y": lambda reader: complex(reader._float(), reader._float()),
    "s": _Reader._bytes,
    "t": _Reader._interned_text,
    "u": _Reader._unicode,
    "a": _Reader._ascii,
    "A": _Reader._ascii,
    "z": _Reader._short_ascii,
    "Z": _Reader._short_ascii,
}


def _plausible(reading: Marshalled) -> bool:
    """Whether CPython would take it: it refuses code objects with a field of a wrong type."""
    return reading.error is None and not any(code.faults for code in reading.codes)


def _misfit(reading: Marshalled) -> tuple[int, ...]:
    """How badly a reading fits, for ordering.

    A plausible one is judged by its instructions and what is left over, any other by how far it
    came.
    """
    if not _plausible(reading):
        return (1, -reading.end, sum(len(code.faults) for code in reading.codes))
    instructions = min(
        sum(faults(code, version) for code in reading.codes[:_SAMPLE_CODES])
        for version in reading.layout.versions
    )
    return (0, instructions, reading.size - reading.end)


def read(
    data: bytes | bytearray | memoryview, offset: int = 0, max_nodes: int = MAX_NODES
) -> Marshalled:
    """Read one marshalled value at `offset`; never fails: see `error` of the result.

    All layouts of TYPE_CODE are tried. The best reading is returned, with those of the other
    layouts that CPython would take as well and that hold code objects in its `alternatives`.
    """
    view = memoryview(data).cast("B")
    readings = [_Reader(view, offset, layout, max_nodes).read() for layout in LAYOUTS]
    readings.sort(key=_misfit)
    best = readings[0]
    others = tuple(other for other in readings[1:] if other.codes and _plausible(other))
    return replace(best, alternatives=others) if others else best
