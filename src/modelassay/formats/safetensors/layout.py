"""Where the tensors of a safetensors file lie, held against the bytes there are.

Source: `Metadata::validate` and `Dtype::bitsize` of `safetensors/src/tensor.rs` (0.8): in the order
of their offsets the tensors follow each other without hole or overlap, from the end of the header
to the end of the file, and each takes the bytes its type and shape need.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from math import prod
from typing import Final

from modelassay.core.facts import Anomaly, Location, Tensor
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.safetensors.header import Info, Piece

_BITS: Final = {
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"), 8),
    **dict.fromkeys(("F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
}
_LARGEST: Final = 1 << 64
_MOST_GROUPS: Final = 1000
_MOST_ANOMALIES: Final = 20
_MOST_GAPS: Final = 100

Key = tuple[str, tuple[int, ...]]


class Layout:
    """Takes the tensors as they are read; tells in the end how they lie.

    `base` is where the data starts, `size` how many bytes of it there are.
    """

    def __init__(self, base: int, size: int) -> None:
        self.base = base
        self.size = size
        self.end = 0
        self.anomalies: list[Anomaly] = []
        self.groups: dict[Key, Tensor] = {}
        self._known: dict[Key, int | None] = {}
        self._hashes: set[int] = set()
        self._places = array("Q")
        self._in_order = True
        self._kinds: dict[str, Anomaly] = {}

    def take(self, piece: Piece) -> None:
        """Take the tensors of a piece of the header, and hold each against itself."""
        for fault in piece.faults:
            self.note(fault.kind, fault.message, fault.offset + 8, fault.name)
        known, hashes, places = self._known, self._hashes, self._places
        for name, info in piece.tensors:
            start, end = info.data_offsets
            key = (info.dtype, info.shape)
            wanted = known.get(key)
            if wanted is None or wanted != end - start or not 0 <= start < _LARGEST:
                if not self._examine(name, info, piece.offset + 8):
                    continue
            group = self.groups.get(key)
            if group is not None:
                group.count += 1
            else:
                self._group(name, info, key)
            number = hash(name)
            if number in hashes:
                self.note("safetensors-duplicate", f"{name!r} stands twice", piece.offset + 8, name)
            hashes.add(number)
            if start != self.end:
                self._in_order = False
            self.end = end if end > self.end else self.end
            places.append(start)
            places.append(end)

    def note(self, kind: str, message: str, offset: int, name: str = "", *values: int) -> None:
        """Note an anomaly; past the first few of a kind they are only counted."""
        met = self._kinds.get(kind)
        if met is not None and met.count >= _MOST_ANOMALIES:
            met.count += 1
            return
        anomaly = Anomaly(
            kind=kind,
            message=message,
            values=tuple(Const(value) for value in values),
            at=Location(offset, f"tensor {visible(name[:200])}" if name else ""),
        )
        self.anomalies.append(anomaly)
        first = self._kinds.setdefault(kind, anomaly)
        first.count += first is not anomaly

    def gaps(self) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of the data no tensor covers; note where two cover the same."""
        position = 0
        found = 0
        for start, end in self._sorted():
            if start > position and position < self.size:
                message = f"no tensor covers the bytes {position} to {start} of the data"
                self.note("safetensors-hole", message, self.base + position)
                if found < _MOST_GAPS:
                    found += 1
                    yield self.base + position, self.base + min(start, self.size)
            elif start < position and end > start:
                message = f"two tensors cover the bytes from {start} of the data"
                self.note("safetensors-overlap", message, self.base + start)
            position = max(position, end)
        if position > self.size:
            message = f"the tensors claim {position} bytes of data, there are {self.size}"
            self.note("safetensors-truncated", message, self.base, "", position, self.size)

    def _sorted(self) -> Iterator[tuple[int, int]]:
        if self._in_order:
            if self.end:
                yield 0, self.end
            return
        yield from sorted(zip(self._places[::2], self._places[1::2], strict=True))

    def _group(self, name: str, info: Info, key: Key) -> None:
        """Let a fact stand for all tensors of this type and shape, or past a number of its type."""
        if len(self.groups) < _MOST_GROUPS:
            size = self._known.get(key)
            self.groups[key] = Tensor(name=name, dtype=info.dtype, shape=info.shape, size=size)
            return
        rest = self.groups.setdefault((info.dtype, ()), Tensor(name=name, dtype=info.dtype, shape=()))
        rest.count += 1

    def _examine(self, name: str, info: Info, offset: int) -> bool:
        """Note what is wrong with one tensor; return whether it has a place at all."""
        start, end = info.data_offsets
        if not 0 <= start <= end < _LARGEST:
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
        if wanted // bits >= _LARGEST or wanted >= _LARGEST:
            message = f"{name!r} of shape {list(info.shape)} overflows 64 bits"
            self.note("safetensors-overflow", message, offset, name)
        elif wanted != (end - start) * 8:
            message = f"{name!r} needs {wanted / 8:g} bytes and has {end - start}"
            self.note("safetensors-size", message, offset, name)
        else:
            self._known[(info.dtype, info.shape)] = end - start
        return True
