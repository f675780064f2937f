"""Flax checkpoints: MessagePack, with arrays and scalars as extension types.

Sources: the MessagePack specification; `flax/serialization.py` of Flax 0.3 to 0.12: type 1 is an
array, 2 a complex number, 3 a scalar of NumPy; an array is packed shape, name of element type,
bytes. Other libraries keep plain states in MessagePack too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location, Tensor
from modelassay.formats.base import Child, Event, Incomplete, Notes, Skipped, Source, trailing
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_WINDOW: Final = 1 << 16
_LONGEST_KEY: Final = 500
_DEEPEST: Final = 1000
_MOST_TENSORS: Final = 20_000
_PROBED: Final = 1 << 16
_ARRAY, _COMPLEX, _SCALAR = 1, 2, 3
_TIME: Final = -1
_WIDTHS: Final = {
    **{f"{kind}{bits}": bits // 8 for kind in ("int", "uint", "float") for bits in (8, 16, 32, 64)},
    **dict.fromkeys(("bool", "bool_"), 1),
    **dict(zip(("bfloat16", "complex64", "complex128"), (2, 8, 16), strict=True)),
    **dict.fromkeys(("float8_e4m3fn", "float8_e5m2", "float8_e4m3b11fnuz"), 1),
    **dict.fromkeys(("int4", "uint4", "int2", "uint2"), 1),
}
#: The sizes of what a first byte announces: fixed values, and the widths of lengths.
_FIXED: Final = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8,
                 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}  # fmt: skip
_BYTES: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXTENSIONS: Final = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_LISTS: Final = {0xDC: 2, 0xDD: 4}
_MAPS: Final = {0xDE: 2, 0xDF: 4}


class _Item(msgspec.Struct):
    """A value: its kind, where its bytes lie, or how many values follow that are part of it."""

    kind: str
    at: int
    start: int = 0
    size: int = 0
    type: int = 0


class Reader:
    """A position in packed values. Every read moves it forward or raises `ReadError`."""

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self.position = 0
        self._data = b""
        self._start = 0

    def next(self) -> _Item:
        """Read the head of the next value, and step over its bytes if it has any."""
        at = self.position
        first = self._number(1)
        if first <= 0x7F or first >= 0xE0:
            return _Item("plain", at)
        if first <= 0x9F:
            return _Item("map" if first <= 0x8F else "list", at, size=first & 15)
        if first <= 0xBF:
            return self._bytes("text", at, first & 31)
        if first in _FIXED:
            return self._bytes("plain", at, _FIXED[first])
        if first in _BYTES:
            kind = "bytes" if first <= 0xC6 else "text"
            return self._bytes(kind, at, self._number(_BYTES[first]))
        if first in _LISTS or first in _MAPS:
            kind, widths = ("list", _LISTS) if first in _LISTS else ("map", _MAPS)
            return _Item(kind, at, size=self._number(widths[first]))
        if first in _EXTENSIONS or 0xD4 <= first <= 0xD8:
            fixed = 1 << (first - 0xD4) if first >= 0xD4 else 0
            size = fixed or self._number(_EXTENSIONS[first])
            code = self._number(1)
            item = self._bytes("extension", at, size)
            item.type = code - 256 if code > 127 else code
            return item
        raise ReadError(f"no value starts with {first:#x}", at)

    def text(self, item: _Item) -> str:
        """Return the start of a text."""
        data = self.blob.read_at(item.start, min(item.size, _LONGEST_KEY))
        return data.decode("utf-8", "backslashreplace")

    def _bytes(self, kind: str, at: int, size: int) -> _Item:
        start = self.position
        if size > self.blob.size - start:
            raise ReadError(f"{size} bytes wanted, {self.blob.size - start} left", at)
        self.position += size
        return _Item(kind, at, start, size)

    def _number(self, width: int) -> int:
        index = self.position - self._start
        if not 0 <= index <= len(self._data) - width:
            self._start, index = self.position, 0
            self._data = self.blob.read_at(self.position, _WINDOW)
            if len(self._data) < width:
                raise ReadError("the values end in the middle", self.position)
        self.position += width
        return int.from_bytes(self._data[index : index + width], "big")


def identify(blob: Blob) -> bool:
    """Whether `blob` is a map of texts to values, as far as its first values tell."""
    head = blob.head(_PROBED)
    reader = Reader(blob)
    try:
        top = reader.next()
        if top.kind != "map" or not 0 < top.size <= blob.size:
            return False
        key = reader.next()
        text = reader.text(key)
        if key.kind != "text" or not text.isprintable() or not key.size:
            return False
        while reader.position < len(head):
            reader.next()
    except ReadError:
        return reader.position > len(head) // 2 and b"\xa7float32\xc4" in head
    return True


def parse(source: Source) -> Iterator[Event]:
    """Yield the arrays, what does not hold, and what stands behind the values."""
    walk = _Walk(source.blob, source.budget)
    trouble = ""
    try:
        walk.run()
    except ReadError as error:
        trouble = f"the values are broken: {error}"
        yield Anomaly(kind="model-structure", message=trouble, at=Location(error.offset))
    yield from walk.tensors.values()
    yield from walk.notes.anomalies
    yield from walk.children
    if trouble:
        yield Incomplete(trouble)
    yield Skipped("tensor data", walk.stored)
    if not trouble:
        yield from trailing(source.blob, walk.reader.position, "the values")


class _Walk:
    """The state of a walk over one value and all in it."""

    def __init__(self, blob: Blob, budget: Budget) -> None:
        self.reader = Reader(blob)
        self.budget = budget
        self.notes = Notes()
        self.tensors: dict[tuple[str, tuple[int, ...]], Tensor] = {}
        self.children: list[Child] = []
        self.stored = 0
        self._key = ""

    def run(self) -> None:
        """Read all of it. Raises `ReadError`."""
        left, steps = [1], 0
        maps = [False]
        while left:
            if left[-1] <= 0:
                left.pop()
                maps.pop()
                continue
            left[-1] -= 1
            item = self.reader.next()
            if maps[-1] and left[-1] % 2 == 1 and item.kind == "text":
                self._key = self.reader.text(item)
            if item.kind in ("map", "list"):
                left.append(item.size * (2 if item.kind == "map" else 1))
                maps.append(item.kind == "map")
            elif item.kind == "extension":
                self._extension(item)
            if len(left) > _DEEPEST:
                raise ReadError(f"nested more than {_DEEPEST} levels deep", item.at)
            steps += 1
            if steps % 65536 == 0:
                self.budget.tick()

    def _extension(self, item: _Item) -> None:
        if item.type in (_ARRAY, _SCALAR):
            self._array(item)
        elif item.type not in (_COMPLEX, _TIME):
            message = f"an extension of type {item.type}, which Flax does not have"
            self.notes.add("msgpack-extension", message, item.at, item.type, path=self._key)
            self._hand_on(item)

    def _array(self, item: _Item) -> None:
        """Read an array, which is packed once more; its pieces have to fill it."""
        inner = Reader(self.reader.blob.sub(item.start, item.size))
        try:
            shape, dtype, data = self._parts(inner)
        except ReadError as error:
            self.notes.add("model-structure", f"an array is broken: {error}", item.at)
            self._hand_on(item)
            return
        width = _WIDTHS.get(dtype)
        if width is None:
            message = f"an array of {dtype[:100]!r}, which is no plain type"
            self.notes.add("array-type", message, item.at, path=self._key)
            self._hand_on(item)
            return
        wanted = width
        for side in shape:
            wanted = min(wanted * side, 1 << 80)
        if wanted != data:
            message = f"an array of {wanted} bytes has {data}"
            self.notes.add("model-structure", message, item.at, wanted, data, path=self._key)
        self.stored += data
        key = (dtype, shape)
        if key in self.tensors:
            self.tensors[key].count += 1
        elif len(self.tensors) < _MOST_TENSORS:
            at = Location(item.at)
            self.tensors[key] = Tensor(name=self._key, dtype=dtype, shape=shape, size=data, at=at)

    def _parts(self, inner: Reader) -> tuple[tuple[int, ...], str, int]:
        """Return shape, element type and size of an array."""
        if inner.next().size != 3:
            raise ReadError("it is not three values", 0)
        sides = inner.next()
        if sides.kind != "list" or sides.size > 64:
            raise ReadError("it has no shape", sides.at)
        shape = tuple(self._side(inner) for _ in range(sides.size))
        dtype, data = inner.next(), inner.next()
        if dtype.kind not in ("text", "bytes") or data.kind not in ("bytes", "text"):
            raise ReadError("it has no type or no bytes", dtype.at)
        if inner.position != inner.blob.size:
            raise ReadError("bytes stand behind it", inner.position)
        return shape, inner.text(dtype), data.size

    def _side(self, inner: Reader) -> int:
        item = inner.next()
        raw = inner.blob.read_at(item.at, 9)
        if item.kind != "plain" or 0x80 <= raw[0] < 0xCC or raw[0] > 0xCF:
            raise ReadError("a side of the shape is no count", item.at)
        return raw[0] if raw[0] < 0x80 else int.from_bytes(raw[1 : 1 + item.size], "big")

    def _hand_on(self, item: _Item) -> None:
        if len(self.children) < 200:
            inner = self.reader.blob.sub(item.start, item.size)
            self.children.append(Child(f"extension@{item.start}", inner, role="gap"))
