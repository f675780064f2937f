"""The tensors of a GGUF file, held against the bytes there are.

Source: `gguf_init_from_reader` of llama.cpp's `ggml/src/gguf.cpp`: names shorter than 64 bytes, at
most four dimensions, elements and bytes that fit 63 and 64 bits, rows of whole blocks, each tensor
where the one before ends, rounded up to the alignment. Everything is computed exactly here; loaders
that did it in machine words are what these checks are about.
"""

from __future__ import annotations

import struct
from math import prod
from typing import Final

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

Key = tuple[int, tuple[int, ...]]


class Tensors:
    """Reads the descriptions of the tensors and tells how they lie.

    `unknown` counts those whose size cannot be told.
    """

    def __init__(self, window: Window, notes: Notes, alignment: int) -> None:
        self.window = window
        self.notes = notes
        self.alignment = alignment
        self.extents = Extents()
        self.groups: dict[Key, Tensor] = {}
        self.unknown = 0
        self._sizes: dict[Key, int | None] = {}
        self._tails: dict[int, struct.Struct] = {}
        self._hashes: set[int] = set()

    def read(self, count: int) -> None:
        """Read `count` descriptions. Raises `ReadError` where they break off."""
        window, hashes, sizes, groups = self.window, self._hashes, self._sizes, self.groups
        mask, add, text, take = self.alignment - 1, self.extents.add, window.text, window.take
        for _ in range(count):
            start = window.position
            name, length = text(_LONGEST_NAME)
            dimensions = window.u32()
            *shape, kind, offset = take(self._tails.get(dimensions) or self._tail(dimensions))
            key = (kind, tuple(shape))
            if key not in sizes:
                sizes[key] = self._examine(name, key, start)
            size = sizes[key]
            number = hash(name)
            if length >= _LONGEST_NAME:
                self._note("gguf-name", f"a tensor's name has {length} bytes", start, name, length)
            elif number in hashes:
                self._note("gguf-duplicate", "a tensor stands twice", start, name)
            hashes.add(number)
            if key in groups:
                groups[key].count += 1
            else:
                self._group(name, key, size)
            if offset & mask:
                message = f"the offset {offset} is no multiple of {self.alignment}"
                self._note("gguf-offset", message, start, name, offset)
            if size is None or offset + size >= LARGEST:
                self.unknown += 1
                if size is not None:
                    message = f"{offset} + {size} bytes overflow 64 bits"
                    self._note("gguf-overflow", message, start, name, offset, size)
                continue
            # Padding up to the next tensor belongs to this one.
            add(offset, (offset + size + mask) & ~mask)

    def _tail(self, dimensions: int) -> struct.Struct:
        """Return the layout of what follows the number of dimensions."""
        window = self.window
        if dimensions > _MOST_DIMENSIONS:
            message = f"a tensor has {dimensions} dimensions"
            self.notes.add("gguf-dimensions", message, window.position - 4, dimensions)
        if dimensions > _READ_DIMENSIONS:
            raise ReadError(f"a tensor has {dimensions} dimensions", window.position - 4)
        sides = ("Q" if window.wide else "I") * dimensions
        layout = self._tails[dimensions] = struct.Struct(f"{window.order}{sides}IQ")
        return layout

    def _examine(self, name: bytes, key: Key, start: int) -> int | None:
        """Note what is wrong with a type and shape; return the bytes they take, if known."""
        kind, shape = key
        elements = prod(shape)
        if elements >= _INT64 or max(shape, default=0) >= _INT64:
            message = f"the shape {list(shape)} has more elements than 63 bits hold"
            self._note("gguf-overflow", message, start, name, elements)
        element = TYPES.get(kind)
        if element is None:
            self._note("gguf-tensor-type", f"there is no tensor type {kind}", start, name, kind)
            return None
        row = shape[0] if shape else 1
        if row % element.block:
            message = f"rows of {row} elements are no whole {element.name} blocks"
            self._note("gguf-blocks", message, start, name, row, element.block)
        size = -(-elements // element.block) * element.size
        if size >= LARGEST and elements < _INT64:
            message = f"the shape {list(shape)} of {element.name} takes more than 64 bits of bytes"
            self._note("gguf-overflow", message, start, name, size)
        return size

    def _group(self, name: bytes, key: Key, size: int | None) -> None:
        """Let a fact stand for all tensors of this type and shape, or past a number of its type."""
        kind, shape = key
        if len(self.groups) >= _MOST_GROUPS:
            key, shape, size = (kind, ()), (), None
        if key in self.groups:
            self.groups[key].count += 1
            return
        dtype = TYPES[kind].name if kind in TYPES else f"type{kind}"
        text = name.decode("utf-8", "backslashreplace")
        self.groups[key] = Tensor(name=text, dtype=dtype, shape=shape, size=size)

    def _note(self, kind: str, message: str, start: int, name: bytes, *values: int) -> None:
        text = name.decode("utf-8", "backslashreplace")
        self.notes.add(kind, message, start, *values, path=f"tensor {text}")
