"""Local and global heaps: names of old groups, values of variable length (III.D and III.E)."""

from __future__ import annotations

from modelassay.core.errors import ReadError
from modelassay.formats.hdf5.file import Fields, File, FormatError
from modelassay.io.blob import Blob


class LocalHeap:
    """The names of a group, or of the external files of a dataset."""

    def __init__(self, file: File, address: int) -> None:
        head = file.signed(address, b"HEAP", 8 + 2 * file.length_size + file.offset_size)
        head.skip(4)
        size = head.length()
        head.length()
        data = head.address()
        if data is None or not file.inside(data, size):
            raise FormatError("a heap of names lies outside the file", head.position, "hdf5-bounds")
        block = file.fields(data, size)
        self._at = block.position
        self._data = block.read(size)

    def text(self, offset: int) -> str:
        """Return the name at `offset`. Raises `ReadError`."""
        end = self._data.find(b"\0", offset)
        if end < 0:
            raise ReadError("a name lies outside its heap", self._at + offset)
        return self._data[offset:end].decode("utf-8", "replace")


class GlobalHeap:
    """The collections of values of variable length, opened as they are asked for."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._collections: dict[int, dict[int, tuple[int, int]]] = {}

    def get(self, address: int, index: int) -> Blob:
        """Return an object. Raises `ReadError` and `FormatError`."""
        objects = self._collections.get(address)
        if objects is None:
            objects = self._collections[address] = self._index(address)
        if index not in objects:
            place = self._file.base + address
            raise FormatError(f"the global heap has no object {index}", place, "hdf5-bounds")
        start, size = objects[index]
        return self._file.blob.sub(start, size)

    def _index(self, address: int) -> dict[int, tuple[int, int]]:
        """Return the offset and size of the objects of a collection."""
        file = self._file
        head = file.signed(address, b"GCOL", 8 + file.length_size)
        head.skip(4)
        size = head.length()
        objects: dict[int, tuple[int, int]] = {}
        position, width = 8 + file.length_size, 8 + file.length_size
        while position + width <= size:
            fields: Fields = file.fields(address + position, width)
            index, _, _ = fields.unpack("<HHI")
            length = fields.length()
            if index == 0:
                break
            position += width
            if position + length > size or not file.inside(address + position, length):
                message = f"an object of the global heap claims {length} bytes"
                raise FormatError(message, fields.position, "hdf5-bounds")
            objects.setdefault(index, (file.base + address + position, length))
            position += (length + 7) // 8 * 8
        return objects
