"""Elements that are text or bytes: what of them is a file of its own.

PyTables and pandas keep Python objects as pickles in arrays of bytes of variable length, and
unpickle them when they read (`tables/atom.py`, ObjectAtom). Elements of numbers are never read.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from math import prod
from typing import Final

from modelassay.formats import pickle
from modelassay.formats.base import Child, Incomplete
from modelassay.formats.hdf5 import chunks
from modelassay.formats.hdf5 import messages as m
from modelassay.formats.hdf5.attributes import Reader
from modelassay.formats.hdf5.datatype import OPAQUE, VARIABLE
from modelassay.formats.hdf5.file import File
from modelassay.formats.hdf5.objects import Dataset, Object
from modelassay.io.blob import Blob, Memory

_LARGEST: Final = 64 << 20
_DEFLATE, _SHUFFLE, _FLETCHER = 1, 2, 3
_SIGNATURES: Final = (b"PK\3\4", b"\x1f\x8b", b"\x93NUMPY")


def payloads(name: str, value: bytes) -> Iterator[Child]:
    """Yield what PyTables would unpickle, and a configuration of Keras under any name."""
    blob = Memory(value)
    if may_be_pickle(value) and pickle.identify(blob):
        yield Child(name, blob, role="payload", format="pickle")
    elif value[:1] == b"{" and b'"class_name"' in value:
        yield Child(name, blob, role="payload", format="keras-config")


def may_be_pickle(value: bytes) -> bool:
    """Whether PyTables would take a value for a pickle (tables/attributeset.py)."""
    if len(value) < 2:
        return False
    return (value[0] == 0x80 and value[1] <= 5) or (value[:1] in b"(c]}I" and value[-1:] == b".")


class RawData:
    """The reading of one dataset of text or bytes."""

    def __init__(self, file: File, values: Reader, found: Object, dataset: Dataset) -> None:
        self._file = file
        self._values = values
        self._path = found.path
        self._data = dataset

    def children(self) -> Iterator[Child | Incomplete]:
        """Yield what is a file of its own. Raises `ReadError` and `FormatError`."""
        kind = self._data.type
        if self._data.external or self._data.layout.type == m.VIRTUAL:
            return
        if kind.type in (VARIABLE, OPAQUE) or kind.text:
            for value in self._each():
                yield from payloads(self._path, value)
                yield from self._archive(Memory(value))
        elif len(self._data.space.shape) <= 1:
            yield from self._archive(self._whole())
        if self._data.claimed > _LARGEST and kind.type in (VARIABLE, OPAQUE):
            yield Incomplete(f"not all of {self._path} is read")

    def joined(self) -> Blob:
        """Return all text of the dataset."""
        return Memory(b"".join(self._each()))

    def _archive(self, blob: Blob) -> Iterator[Child]:
        head = blob.head(8)
        if head.startswith(_SIGNATURES) or (self._octets and may_be_pickle(head + b".")):
            yield Child(self._path, blob, role="payload")

    @property
    def _octets(self) -> bool:
        return not self._data.type.text and self._data.type.type not in (VARIABLE, OPAQUE)

    def _each(self) -> Iterator[bytes]:
        for data, at in self._pieces():
            count = len(data) // max(self._data.type.size, 1)
            yield from self._values.values(self._data.type, count, data, at)

    def _whole(self) -> Blob:
        """Return all bytes: where they stand if in one piece, else put together if of use."""
        layout = self._data.layout
        if layout.type != m.CHUNKED:
            start = self._file.base + (layout.address or 0)
            return self._file.blob.sub(start, self._data.claimed if layout.address else 0)
        pieces = self._pieces()
        first, _ = next(pieces, (b"", 0))
        if not first.startswith(_SIGNATURES) and not may_be_pickle(first[:8] + b"."):
            return Memory(b"")
        return Memory(b"".join([first, *(data for data, _ in pieces)]))

    def _pieces(self) -> Iterator[tuple[bytes, int]]:
        """Yield the elements piece by piece, decompressed, with the offset of each piece."""
        file, layout, total = self._file, self._data.layout, 0
        if layout.address is None:
            return
        size = prod(layout.chunk) * self._data.type.size
        extents = [(layout.address, min(self._data.claimed, _LARGEST))]
        if layout.type == m.CHUNKED:
            filtered = bool(self._data.filters)
            extents = list(chunks.extents(file, layout, size, filtered))
        for address, length in extents:
            total += max(length, size)
            if total > _LARGEST or not file.inside(address, length):
                return
            block = file.fields(address, length)
            at = block.position
            data = block.read(length)
            yield (self._unfiltered(data, size) if layout.type == m.CHUNKED else data), at

    def _unfiltered(self, data: bytes, size: int) -> bytes:
        """Undo the filters that the standard library can undo; what else there is stays."""
        for step in reversed(self._data.filters):
            if step.id == _FLETCHER:
                data = data[:-4]
            elif step.id == _DEFLATE:
                self._file.budget.inflate(size)
                self._file.work(1 + size // 1024)
                try:
                    data = zlib.decompressobj().decompress(data, max(size, 1))
                except zlib.error:
                    return b""
            elif step.id == _SHUFFLE:
                data = _unshuffle(data, step.settings[0] if step.settings else 1)
            else:
                return b""
        return data


def _unshuffle(data: bytes, width: int) -> bytes:
    """Put the bytes of each element together again; they stand sorted by their significance."""
    count = len(data) // max(width, 1)
    if width < 2 or not count:
        return data
    out = bytearray(count * width)
    for index in range(width):
        out[index::width] = data[index * count : (index + 1) * count]
    return bytes(out) + data[count * width :]
