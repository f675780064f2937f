"""The tensors of a GGUF file, held against the bytes there are.

Source: `gguf_init_from_reader` of llama.cpp's `ggml/src/gguf.cpp`: names shorter than 64 bytes, at
most four dimensions, elements and bytes that fit 63 and 64 bits, rows of whole blocks, each tensor
where the one before ends, rounded up to the alignment. Everything is computed exactly here; loaders
that did it in machine words are what these checks are about.
"""

from __future__ import annotations

import struct
from array import array
from collections import Counter
from collections.abc import Iterator
from math import prod
from typing import Any, Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.core.facts import Tensor
from modelassay.formats.base import Notes
from modelassay.formats.gguf.types import TYPES
from modelassay.formats.gguf.window import Window
from modelassay.io.extents import LARGEST, Extents

_LONGEST_NAME: Final = 64
_MOST_DIMENSIONS: Final = 4
_READ_DIMENSIONS: Final = 64
_MOST_GROUPS: Final = 1000
_INT64: Final = 1 << 63

#: The longest name, four dimensions, and the numbers around them.
_LONGEST_DESCRIPTION: Final = 128


class _Group(msgspec.Struct):
    """The tensors of one type and shape: the first one's name, the bytes of one, their number."""

    name: str
    size: int | None = None
    count: int = 0


class Tensors:
    """Reads the descriptions of the tensors and tells how they lie.

    `unknown` counts those whose size cannot be told. With `placed`, the name, shape and
    type, offset and size of each is kept in `places`.
    """

    def __init__(self, window: Window, notes: Notes, alignment: int, placed: bool = False) -> None:
        self.window = window
        self.notes = notes
        self.alignment = alignment
        self.extents = Extents()
        self.unknown = 0
        self.placed = placed
        self.places: list[tuple[bytes, tuple[int, ...], int, int]] = []
        self._met: dict[tuple[int, ...], _Group] = {}  # by dimensions and type
        self._layouts: dict[int, struct.Struct] = {}
        self._wholes: dict[tuple[int, int], struct.Struct] = {}  # with the name in front
        self._hashes: set[int] = set()

    def read(self, count: int) -> None:
        """Read `count` descriptions. Raises `ReadError` where they break off."""
        while count:
            count -= self._sweep(count)
            if count:
                self._one()
                count -= 1

    def _sweep(self, count: int) -> int:
        """Read sound descriptions of shapes that were met before; return how many.

        There can be a million. A description is mostly laid out as the one before it, so that one
        call takes it apart, with the numbers that say whether it is.
        """
        window, met, hashes = self.window, self._met, self._hashes
        mask, places = self.alignment - 1, array("Q")
        keys: list[tuple[int, ...]] = []
        data, at = window.view(_LONGEST_DESCRIPTION)
        last = len(data) - _LONGEST_DESCRIPTION
        layout, length, dimensions, known = None, -1, -1, len(hashes)
        while at <= last and len(keys) < count:
            row: tuple[Any, ...] = () if layout is None else layout.unpack_from(data, at)
            if layout is None or row[0] != length or row[2] != dimensions:
                length, dimensions = self._head(data, at)
                layout = self._whole_layout(length, dimensions)
                if layout is None:
                    break
                row = layout.unpack_from(data, at)
            key, offset = row[3:-1], row[-1]
            group = met.get(key)
            if group is None or group.size is None or offset & mask:
                break
            end = (offset + group.size + mask) & ~mask
            if end >= LARGEST:
                break
            hashes.add(hash(row[1]))
            if len(hashes) == known:
                break
            known += 1
            places.append(offset)
            places.append(end)
            keys.append(key)
            if self.placed:
                self.places.append((row[1], key, offset, group.size))
            at += layout.size
        self.extents.extend(places)
        for key, times in Counter(keys).items():
            met[key].count += times
        window.move(at)
        return len(keys)

    def _head(self, data: bytes, at: int) -> tuple[int, int]:
        """Return the length of a tensor's name, and its number of dimensions if that is sound."""
        (length,) = self.window.read_length(data, at)
        if length >= _LONGEST_NAME:
            return length, -1
        return length, self.window.read_u32(data, at + self.window.width + length)[0]

    def _whole_layout(self, length: int, dimensions: int) -> struct.Struct | None:
        """Return the layout of a description that a name of `length` bytes starts, if one is."""
        if dimensions not in self._layouts:
            return None
        layout = self._wholes.get((length, dimensions))
        if layout is None:
            wide = "Q" if self.window.wide else "I"
            numbers = f"{wide * dimensions}IQ"
            layout = struct.Struct(f"{self.window.order}{wide}{length}sI{numbers}")
            self._wholes[length, dimensions] = layout
        return layout

    def _one(self) -> None:
        """Read a description with all checks."""
        window, mask = self.window, self.alignment - 1
        start = window.position
        name, length = window.text(_LONGEST_NAME)
        dimensions = window.u32()
        values = window.take(self._layouts.get(dimensions) or self._layout(dimensions))
        *shape, kind, offset = values
        group = self._met.get(values[:-1])
        if group is None:
            group = self._group(name, kind, tuple(shape), start)
            self._met[values[:-1]] = group
        group.count += 1
        number = hash(name)
        if length >= _LONGEST_NAME:
            self._note("gguf-name", f"a tensor's name has {length} bytes", start, name, length)
        elif number in self._hashes:
            self._note("gguf-duplicate", "a tensor stands twice", start, name)
        self._hashes.add(number)
        if offset & mask:
            message = f"the offset {offset} is no multiple of {self.alignment}"
            self._note("gguf-offset", message, start, name, offset)
        if group.size is None or offset + group.size + mask >= LARGEST:
            self.unknown += 1
            if group.size is not None:
                message = f"{offset} + {group.size} bytes overflow 64 bits"
                self._note("gguf-overflow", message, start, name, offset, group.size)
            return
        if self.placed:
            self.places.append((name, values[:-1], offset, group.size))
        # Padding up to the next tensor belongs to this one.
        self.extents.add(offset, (offset + group.size + mask) & ~mask)

    @property
    def facts(self) -> Iterator[Tensor]:
        """One fact for all tensors of a type and shape, or past a number of a type."""
        rest: dict[int, Tensor] = {}
        for index, (key, group) in enumerate(self._met.items()):
            *shape, kind = key
            dtype = TYPES[kind].name if kind in TYPES else f"type{kind}"
            if index < _MOST_GROUPS:
                fact = Tensor(name=group.name, dtype=dtype, shape=tuple(shape), size=group.size)
                fact.count = group.count
                yield fact
            else:
                fact = rest.setdefault(
                    kind, Tensor(name=group.name, dtype=dtype, shape=(), count=0)
                )
                fact.count += group.count
        yield from rest.values()

    def _layout(self, dimensions: int) -> struct.Struct:
        """Return the layout of what follows the number of dimensions."""
        window = self.window
        if dimensions > _MOST_DIMENSIONS:
            message = f"a tensor has {dimensions} dimensions"
            self.notes.add("gguf-dimensions", message, window.position - 4, dimensions)
        if dimensions > _READ_DIMENSIONS:
            raise ReadError(f"a tensor has {dimensions} dimensions", window.position - 4)
        sides = ("Q" if window.wide else "I") * dimensions
        layout = struct.Struct(f"{window.order}{sides}IQ")
        if dimensions <= _MOST_DIMENSIONS:
            self._layouts[dimensions] = layout
        return layout

    def _group(self, name: bytes, kind: int, shape: tuple[int, ...], start: int) -> _Group:
        """Note what is wrong with a type and shape; return the group of all that have them."""
        group = _Group(name.decode("utf-8", "backslashreplace"))
        elements = prod(shape)
        if elements >= _INT64 or max(shape, default=0) >= _INT64:
            message = f"the shape {list(shape)} has more elements than 63 bits hold"
            self._note("gguf-overflow", message, start, name, elements)
        if not elements:
            message = f"a tensor of the shape {list(shape)} has no element"
            self._note("gguf-empty", message, start, name)
        element = TYPES.get(kind)
        if element is None:
            self._note("gguf-tensor-type", f"there is no tensor type {kind}", start, name, kind)
            return group
        row = shape[0] if shape else 1
        if row % element.block:
            message = f"rows of {row} elements are no whole {element.name} blocks"
            self._note("gguf-blocks", message, start, name, row, element.block)
        group.size = -(-elements // element.block) * element.size
        if group.size >= LARGEST and elements < _INT64:
            message = f"the shape {list(shape)} of {element.name} takes more than 64 bits of bytes"
            self._note("gguf-overflow", message, start, name, group.size)
        return group

    def _note(self, kind: str, message: str, start: int, name: bytes, *values: int) -> None:
        text = name.decode("utf-8", "backslashreplace")
        self.notes.add(kind, message, start, *values, path=f"tensor {text}")
