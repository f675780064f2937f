"""Messages that stand elsewhere: in a named type, in another object, in the file's heap (III.I)."""

from __future__ import annotations

from modelassay.formats.hdf5 import header as h
from modelassay.formats.hdf5.file import Fields, File, FormatError
from modelassay.formats.hdf5.fractal import FractalHeap

_IN_HEAP = 1


class SharedMessages:
    """The table of shared messages of a file, and the way from a message to what it means."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._heaps: list[tuple[int, int]] = []
        self._open: dict[int, FractalHeap] = {}

    def read_table(self, message: h.Message) -> None:
        """Read the table that the superblock extension names."""
        file = self._file
        body = message.fields(file)
        body.skip(1)
        address, count = body.address(), body.u8()
        if address is None:
            return
        entry = 14 + 2 * file.offset_size
        block = file.signed(address, b"SMTB", 4 + count * entry)
        for _ in range(count):
            block.skip(2)
            kinds = block.u16()
            block.skip(4 + 2 + 2 + 2)
            block.address()
            heap = block.address()
            if heap is not None:
                self._heaps.append((kinds, heap))

    def resolve(self, message: h.Message) -> h.Message:
        """Return the message that a shared one stands for. Raises `ReadError`, `FormatError`."""
        if not message.flags & h.SHARED:
            return message
        return self.follow(message.fields(self._file), message.type)

    def follow(self, block: Fields, kind: int) -> h.Message:
        """Return the message of `kind` that a reference at the block's position leads to."""
        at = block.position
        version, where = block.u8(), block.u8()
        block.skip(6 if version == 1 else 0)
        if version == 3 and where == _IN_HEAP:
            return self.from_heap(block.read(8), kind)
        address = block.address()
        if version not in (1, 2, 3) or address is None:
            raise FormatError(f"there is no shared message of version {version}", at)
        for message in h.read_header(self._file, address):
            if message.type == kind and not message.flags & h.SHARED:
                return message
        raise FormatError("a shared message leads to an object without it", at)

    def from_heap(self, id: bytes, kind: int) -> h.Message:
        """Return the message of `kind` with this id in the heap of shared messages."""
        for kinds, address in self._heaps:
            if kinds >> kind & 1:
                heap = self._open.setdefault(address, FractalHeap(self._file, address))
                data, at = heap.get(id[: heap.id_size])
                return h.Message(kind, 0, data, at)
        raise FormatError("the file has no heap of shared messages", self._file.base)
