"""Attributes of an object, kept in its header or in a heap of their own (IV.A.2.m, IV.A.2.v)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.formats.hdf5 import btree
from modelassay.formats.hdf5 import header as h
from modelassay.formats.hdf5.datatype import OPAQUE, STRING, VARIABLE, Datatype, read_datatype
from modelassay.formats.hdf5.file import Fields, File, FormatError
from modelassay.formats.hdf5.fractal import FractalHeap
from modelassay.formats.hdf5.heaps import GlobalHeap
from modelassay.formats.hdf5.messages import Dataspace, read_dataspace
from modelassay.formats.hdf5.shared import SharedMessages

_BY_NAME: Final = 8
_MOST_VALUES: Final = 100_000
_LONGEST_VALUE: Final = 64 << 20


class Attribute(msgspec.Struct):
    """An attribute: its name, type and shape, the bytes of its value and their offset."""

    name: str
    type: Datatype
    space: Dataspace
    data: bytes
    at: int


class Reader:
    """Reads the attributes of objects, and what attributes and datasets of text hold."""

    def __init__(self, file: File, shared: SharedMessages, heap: GlobalHeap) -> None:
        self._file = file
        self._shared = shared
        self._heap = heap

    def read(self, messages: list[h.Message], path: str) -> Iterator[Attribute]:
        """Yield the attributes of an object; what cannot be read is noted."""
        for message in messages:
            try:
                if message.type == h.ATTRIBUTE:
                    yield self._read(self._shared.resolve(message))
                elif message.type == h.ATTRIBUTE_INFO:
                    yield from self._dense(message, path)
            except (ReadError, FormatError) as error:
                self._file.broken(error, path)

    def _dense(self, message: h.Message, path: str) -> Iterator[Attribute]:
        file = self._file
        body = message.fields(file)
        body.skip(1)
        body.skip(2 if body.u8() & 1 else 0)
        heap_at, tree = body.address(), body.address()
        if heap_at is None or tree is None:
            return
        heap = FractalHeap(file, heap_at)
        for _, record in btree.records(file, tree):
            key, flags = record.read(8), record.u8()
            try:
                if flags & h.SHARED:
                    yield self._read(self._shared.from_heap(key, h.ATTRIBUTE))
                else:
                    data, at = heap.get(key[: heap.id_size])
                    yield self._read(h.Message(h.ATTRIBUTE, 0, data, at))
            except (ReadError, FormatError) as error:
                file.broken(error, path)

    def _read(self, message: h.Message) -> Attribute:
        body = message.fields(self._file)
        version, flags = body.u8(), body.u8()
        if not 1 <= version <= 3:
            raise FormatError(f"there is no attribute of version {version}", message.at)
        sizes = body.unpack("<HHH")
        body.skip(1 if version == 3 else 0)
        parts: list[Fields] = []
        for size in sizes:
            start = body.position
            parts.append(body.sub(size))
            if version == 1:
                body.align(start)
        name, kind, space = parts
        if flags & 1:
            kind = self._shared.follow(kind, h.DATATYPE).fields(self._file)
        if flags & 2:
            space = self._shared.follow(space, h.DATASPACE).fields(self._file)
        return Attribute(
            name=name.read(name.left).partition(b"\0")[0].decode("utf-8", "replace"),
            type=read_datatype(kind),
            space=read_dataspace(space),
            at=body.position,
            data=body.read(body.left),
        )

    def values(self, type: Datatype, count: int, data: bytes, at: int) -> Iterator[bytes]:
        """Yield the text or bytes of each element; padding of fixed text is left out.

        Raises `ReadError` and `FormatError`.
        """
        if type.type == VARIABLE:
            yield from self._variable(type, count, data, at)
        elif type.type in (STRING, OPAQUE) and type.size:
            for start in range(0, min(count * type.size, len(data)), type.size):
                element = data[start : start + type.size]
                yield element.rstrip(b"\0") if type.type == STRING else element
        elif type.raw:
            yield data

    def _variable(self, type: Datatype, count: int, data: bytes, at: int) -> Iterator[bytes]:
        block = Fields(data, at, self._file)
        width = type.parts[0].size if type.parts else 1
        for _ in range(min(count, _MOST_VALUES)):
            if block.left < 8 + self._file.offset_size:
                return
            size, address, index = block.u32(), block.address(), block.u32()
            if not address or not size:
                continue
            found = self._heap.get(address, index)
            if size * width > found.size:
                message = f"a value claims {size * width} bytes, its heap has {found.size}"
                raise FormatError(message, block.position, "hdf5-bounds")
            if size * width <= _LONGEST_VALUE:
                self._file.work(1 + size * width // 64)
                yield found.head(size * width)
