"""Where the tensors of a safetensors file lie, held against the bytes there are.

Source: `Metadata::validate` and `Dtype::bitsize` of `safetensors/src/tensor.rs` (0.8): in the order
of their offsets the tensors follow each other without hole or overlap, from the end of the header
to the end of the file, and each takes the bytes its type and shape need.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from math import prod
from operator import attrgetter, sub
from typing import Final

from modelassay.core.facts import Tensor
from modelassay.formats.base import Elements, Notes
from modelassay.formats.safetensors.header import Info, Piece
from modelassay.io.extents import LARGEST, Extents

_BITS: Final = {
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"), 8),
    **dict.fromkeys(("F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
}
_MOST_GROUPS: Final = 1000
_MOST_GAPS: Final = 100
_MOST_KINDS: Final = 1 << 16

Key = tuple[str, tuple[int, ...]]

_key = attrgetter("dtype", "shape")
_offsets = attrgetter("data_offsets")
_bytes = attrgetter("size")


class _Kind:
    """A type and shape, and the bytes of such a tensor; `None` if there is none such."""

    __slots__ = ("key", "size")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.size = _size(*key)


class Layout:
    """Takes the tensors as they are read; tells in the end how they lie.

    `base` is where the data starts, `size` how many bytes of it there are. With `placed`, the place
    of each tensor is kept in `elements`.
    """

    def __init__(self, base: int, size: int, placed: bool = False) -> None:
        self.base = base
        self.size = size
        self.placed = placed
        self.elements: list[Elements] = []
        self.extents = Extents()
        self.notes = Notes()
        self.groups: dict[Key, Tensor] = {}
        self._kinds: dict[Key, _Kind] = {}
        self._hashes: set[int] = set()

    def take(self, piece: Piece) -> None:
        """Take the tensors of a piece of the header, and hold each against itself."""
        for fault in piece.faults:
            self.note(fault.kind, fault.message, fault.offset + 8, fault.name)
        if not self._take_sound(piece.tensors):
            for name, info in piece.tensors:
                self._take_one(name, info, piece.offset + 8)

    def _take_sound(self, tensors: list[tuple[str, Info]]) -> bool:
        """Take tensors if nothing is wrong with any of them, all at once; return whether it was so.

        A header names a million, so that nothing here is done for each of them but what one call
        of a built-in function does for all.
        """
        if not tensors:
            return True
        names, infos = zip(*tensors, strict=True)
        keys = list(map(_key, infos))
        kinds = self._kinds_of(keys)
        try:
            places = array("Q", chain.from_iterable(map(_offsets, infos)))
        except OverflowError:
            return False
        if list(map(sub, places[1::2], places[::2])) != list(map(_bytes, kinds)):
            return False
        hashes = set(map(hash, names))
        if len(hashes) < len(tensors) or not self._hashes.isdisjoint(hashes):
            return False
        self._hashes |= hashes
        self.extents.extend(places)
        first = dict(zip(reversed(kinds), reversed(names), strict=True))
        for kind, count in Counter(kinds).items():
            self._group(first[kind], kind, count)
        if self.placed:
            self.elements += [self._elements(name, info) for name, info in tensors]
        return True

    def _take_one(self, name: str, info: Info, offset: int) -> None:
        start, end = info.data_offsets
        if not self._examine(name, info, offset):
            return
        (kind,) = self._kinds_of([_key(info)])
        self._group(name, kind, 1)
        number = hash(name)
        if number in self._hashes:
            self.note("safetensors-duplicate", f"{name!r} stands twice", offset, name)
        self._hashes.add(number)
        self.extents.add(start, end)
        if self.placed:
            self.elements.append(self._elements(name, info))

    def _elements(self, name: str, info: Info) -> Elements:
        start, end = info.data_offsets
        return Elements(name, info.dtype, self.base + start, end - start, tuple(info.shape))

    def note(self, kind: str, message: str, offset: int, name: str = "", *values: int) -> None:
        """Note an anomaly of the tensor `name`."""
        self.notes.add(kind, message, offset, *values, path=f"tensor {name}" if name else "")

    def gaps(self) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of the data no tensor covers; note where two cover the same."""
        found = 0
        for what, start, end in self.extents.faults():
            if what == "overlap":
                message = f"two tensors cover the bytes {start} to {end} of the data"
                self.note("safetensors-overlap", message, self.base + start)
            elif start < self.size:
                message = f"no tensor covers the bytes {start} to {end} of the data"
                self.note("safetensors-hole", message, self.base + start)
                found += 1
                if found <= _MOST_GAPS:
                    yield self.base + start, self.base + min(end, self.size)
        claimed = self.extents.end
        if claimed > self.size:
            message = f"the tensors claim {claimed} bytes of data, there are {self.size}"
            self.note("safetensors-truncated", message, self.base, "", claimed, self.size)

    def _kinds_of(self, keys: list[Key]) -> list[_Kind]:
        """Return what is known of these types and shapes."""
        if len(self._kinds) > _MOST_KINDS:
            self._kinds.clear()
        try:
            return [self._kinds[key] for key in keys]
        except KeyError:
            self._kinds |= {key: _Kind(key) for key in set(keys) - self._kinds.keys()}
            return [self._kinds[key] for key in keys]

    def _group(self, name: str, kind: _Kind, count: int) -> None:
        """Let a fact stand for all tensors of this type and shape, or past a number of its type."""
        key = kind.key
        group = self.groups.get(key)
        if group is None:
            full = len(self.groups) >= _MOST_GROUPS
            key = (key[0], ()) if full else key
            new = Tensor(
                name=name, dtype=key[0], shape=key[1], size=None if full else kind.size, count=0
            )
            group = self.groups.setdefault(key, new)
        group.count += count

    def _examine(self, name: str, info: Info, offset: int) -> bool:
        """Note what is wrong with one tensor; return whether it has a place at all."""
        start, end = info.data_offsets
        if not 0 <= start <= end < LARGEST:
            message = f"{name!r} lies from {start} to {end}"
            self.note("safetensors-offsets", message, offset, name, start, end)
            return False
        bits = _BITS.get(info.dtype)
        if bits is None:
            self.note("safetensors-dtype", f"no type is called {info.dtype!r}", offset, name)
            return True
        if min(info.shape, default=0) < 0:
            message = f"{name!r} has the shape {list(info.shape)}"
            self.note("safetensors-shape", message, offset, name)
            return True
        wanted = prod(info.shape) * bits
        if wanted // bits >= LARGEST or wanted >= LARGEST:
            message = f"{name!r} of shape {list(info.shape)} overflows 64 bits"
            self.note("safetensors-overflow", message, offset, name)
        elif wanted != (end - start) * 8:
            message = f"{name!r} needs {wanted / 8:g} bytes and has {end - start}"
            self.note("safetensors-size", message, offset, name)
        return True


def _size(dtype: str, shape: tuple[int, ...]) -> int | None:
    """Return the bytes a tensor takes, `None` if there are no such tensors."""
    bits = _BITS.get(dtype, 0)
    if not bits or min(shape, default=0) < 0:
        return None
    wanted = prod(shape) * bits
    return wanted // 8 if wanted < LARGEST and not wanted % 8 else None
