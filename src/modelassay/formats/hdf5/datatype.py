"""Datatypes, read without recursion: a type inside another waits on a list (IV.A.2.d).

Names of types are those of NumPy where it has one: `<f4`, `|S12`, `|V8`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from modelassay.formats.hdf5.file import Fields, FormatError

FIXED, FLOAT, TIME, STRING, BITFIELD, OPAQUE = range(6)
COMPOUND, REFERENCE, ENUM, VARIABLE, ARRAY, COMPLEX = range(6, 12)
_MOST_NESTED: Final = 64
_MOST_MEMBERS: Final = 65_535
_LETTERS: Final = {FLOAT: "f", STRING: "S", OPAQUE: "V", BITFIELD: "u"}
_WORDS: Final = {TIME: "time", REFERENCE: "reference", COMPOUND: "compound"}


class Datatype(msgspec.Struct):
    """A type: its class, the bytes an element takes, the bits of its class.

    `parts` are the types inside: members, base types. `faults` say what of it makes no sense.
    """

    type: int
    size: int
    bits: int = 0
    parts: list[Datatype] = []
    faults: list[str] = []
    dims: tuple[int, ...] = ()
    precision: int = 0

    @property
    def text(self) -> bool:
        """Whether elements are text, of fixed or variable length."""
        return self.type == STRING or (self.type == VARIABLE and self.bits & 15 == 1)

    @property
    def raw(self) -> bool:
        """Whether elements are bytes that may mean anything: text, opaque or unsigned bytes."""
        base = self.parts[0] if self.type in (VARIABLE, ARRAY) and self.parts else self
        octets = base.type == FIXED and base.size == 1 and not base.bits & 8
        return self.text or base.type in (STRING, OPAQUE) or octets

    @property
    def name(self) -> str:
        """A short name."""
        order = ">" if self.bits & 1 else "<"
        if self.type == FIXED:
            return f"{order if self.size > 1 else '|'}{'i' if self.bits & 8 else 'u'}{self.size}"
        if self.type in _LETTERS:
            mark = order if self.type in (FLOAT, BITFIELD) else "|"
            return f"{mark}{_LETTERS[self.type]}{self.size}"
        if self.type == VARIABLE:
            return "text" if self.text else "variable"
        if self.type in (ENUM, ARRAY, COMPLEX) and self.parts:
            return f"{('enum', '', 'array', 'complex')[self.type - ENUM]}[{self.parts[0].size}]"
        return _WORDS.get(self.type, f"class {self.type}")


class _Frame(msgspec.Struct):
    """A type whose inner types are being read: how many are left, and its encoding's version."""

    type: Datatype
    version: int
    left: int
    offset: int = 0
    start: int = 0


def read_datatype(block: Fields) -> Datatype:
    """Read the type at the block's position. Raises `ReadError` and `FormatError`."""
    frames: list[_Frame] = []
    while True:
        frame = _read_head(block)
        done = frame.type if frame.left == 0 else None
        if done is None:
            if len(frames) >= _MOST_NESTED:
                message = f"a datatype is nested more than {_MOST_NESTED} levels deep"
                raise FormatError(message, block.position, "hdf5-datatype")
            frames.append(frame)
            _before_part(block, frame)
        while done is not None:
            if not frames:
                return done
            done = _take(block, frames, done)


def _take(block: Fields, frames: list[_Frame], part: Datatype) -> Datatype | None:
    """Give a whole type to the one around it; return that if it is whole with it."""
    frame = frames[-1]
    outer = frame.type
    outer.parts.append(part)
    frame.left -= 1
    if outer.type == COMPOUND and frame.offset + part.size > outer.size:
        outer.faults.append(
            f"a member of {part.size} bytes at {frame.offset} lies outside its type of {outer.size}"
        )
    outer.faults += part.faults
    if frame.left:
        _before_part(block, frame)
        return None
    if outer.type == ENUM:
        _skip_names(block, frame, part.size)
    frames.pop()
    return outer


def _read_head(block: Fields) -> _Frame:
    """Read what stands before the inner types."""
    first = block.u8()
    version, kind = first >> 4, first & 15
    bits, size = block.uint(3), block.u32()
    found = Datatype(kind, size, bits, [], [])
    frame = _Frame(found, version, 0)
    if kind > COMPLEX or not 1 <= version <= 5:
        message = f"there is no datatype of class {kind} and version {version}"
        raise FormatError(message, block.position - 8, "hdf5-datatype")
    if kind in (FIXED, BITFIELD):
        block.skip(2)
        found.precision = block.u16()
    elif kind == FLOAT:
        block.skip(12)
    elif kind == TIME:
        block.skip(2)
    elif kind == OPAQUE:
        block.skip(min((bits & 0xFF) + 7 & ~7, block.left))
    elif kind in (COMPOUND, ENUM):
        frame.left = (bits & 0xFFFF) if kind == COMPOUND else 1
    elif kind in (VARIABLE, COMPLEX):
        frame.left = 1
    elif kind == ARRAY:
        frame.left = 1
        _read_array(block, frame)
    if kind in (FIXED, BITFIELD) and found.precision > 8 * size:
        found.faults.append(f"{found.precision} bits of an integer of {size} bytes")
    if size == 0 and kind != STRING:
        found.faults.append("elements of no size")
    return frame


def _read_array(block: Fields, frame: _Frame) -> None:
    rank = block.u8()
    block.skip(3 if frame.version < 3 else 0)
    frame.type.dims = tuple(block.u32() for _ in range(rank))
    block.skip(4 * rank if frame.version < 3 else 0)


def _before_part(block: Fields, frame: _Frame) -> None:
    """Read what stands before an inner type: the name and place of a member."""
    if frame.type.type != COMPOUND:
        return
    block.file.work(1)
    start = block.position
    block.text()
    if frame.version < 3:
        block.align(start)
        frame.offset = block.u32()
    else:
        frame.offset = block.uint(max(frame.type.size.bit_length() + 7, 8) // 8)
    if frame.version == 1:
        block.skip(1 + 3 + 4 + 4 + 16)


def _skip_names(block: Fields, frame: _Frame, size: int) -> None:
    """Skip the names and values of an enumeration."""
    count = frame.type.bits & 0xFFFF
    block.file.work(count)
    for _ in range(count):
        start = block.position
        block.text()
        if frame.version < 3:
            block.align(start)
    block.skip(count * size)
