"""The objects of a file: groups, datasets and named types, each visited once, without recursion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.formats.hdf5 import header as h
from modelassay.formats.hdf5 import messages as m
from modelassay.formats.hdf5 import superblock, virtual
from modelassay.formats.hdf5.attributes import Attribute, Reader
from modelassay.formats.hdf5.datatype import Datatype, read_datatype
from modelassay.formats.hdf5.file import Fields, File, FormatError
from modelassay.formats.hdf5.heaps import GlobalHeap, LocalHeap
from modelassay.formats.hdf5.links import Link, read_links
from modelassay.formats.hdf5.shared import SharedMessages

_LONGEST_PATH: Final = 2000
_LONGEST_MAPPING: Final = 16 << 20


class External(msgspec.Struct, frozen=True):
    """A piece of a dataset that stands in another file."""

    file: str
    offset: int
    size: int


class Dataset(msgspec.Struct):
    """What a dataset says of itself."""

    type: Datatype
    space: m.Dataspace
    layout: m.Layout
    filters: list[m.Filter] = []
    external: list[External] = []
    virtual: list[virtual.Mapping] = []

    @property
    def claimed(self) -> int:
        """The bytes its elements take in memory."""
        return self.space.count * self.type.size


class Object(msgspec.Struct):
    """An object: its path, the offset of its header, its attributes and links, its elements."""

    path: str
    at: int
    attributes: list[Attribute]
    links: list[Link]
    dataset: Dataset | None = None


class Objects:
    """The way through a file from its root group."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._shared = SharedMessages(file)
        self.heap = GlobalHeap(file)
        self.values = Reader(file, self._shared, self.heap)

    def read_extension(self, block: superblock.Superblock) -> None:
        """Read what of the superblock extension is needed to read the rest."""
        if block.extension is None:
            return
        try:
            for message in h.read_header(self._file, block.extension):
                if message.type == h.SHARED_TABLE:
                    self._shared.read_table(message)
        except (ReadError, FormatError) as error:
            self._file.broken(error, "superblock extension")

    def walk(self, root: int) -> Iterator[Object]:
        """Yield every object that links lead to."""
        pending = [("", root)]
        seen = {root: ""}
        while pending:
            path, address = pending.pop()
            found = self._read(path, address)
            if found is None:
                continue
            yield found
            for link in reversed(found.links):
                if link.type != "hard" or link.address is None:
                    continue
                below = f"{path}/{link.name}"[-_LONGEST_PATH:]
                if link.address not in seen:
                    seen[link.address] = below
                    pending.append((below, link.address))
                elif f"{path}/".startswith(f"{seen[link.address]}/"):
                    message = f"{below} leads back to {seen[link.address] or '/'}"
                    self._file.note("hdf5-cycle", message, link.at, below)

    def _read(self, path: str, address: int) -> Object | None:
        file = self._file
        try:
            messages = h.read_header(file, address)
        except (ReadError, FormatError) as error:
            file.broken(error, path)
            return None
        attributes = list(self.values.read(messages, path))
        links = list(read_links(file, messages, path))
        found = Object(path, file.base + address, attributes, links)
        if any(message.type in (h.LAYOUT, h.EXTERNAL_FILES) for message in messages):
            try:
                found.dataset = self._read_dataset(messages, path)
            except (ReadError, FormatError) as error:
                file.broken(error, path)
        return found

    def _read_dataset(self, messages: list[h.Message], path: str) -> Dataset:
        """Read a dataset; references out of the file are told before anything fails."""
        bodies = {
            message.type: self._shared.resolve(message).fields(self._file)
            for message in messages
            if message.type in _DESCRIBING
        }
        external = self._external(bodies[h.EXTERNAL_FILES]) if h.EXTERNAL_FILES in bodies else []
        missing = [kind for kind in (h.DATATYPE, h.DATASPACE, h.LAYOUT) if kind not in bodies]
        if missing:
            message = f"a dataset lacks the message {missing[0]:#x}"
            raise FormatError(message, messages[0].at)
        found = Dataset(
            type=read_datatype(bodies[h.DATATYPE]),
            space=m.read_dataspace(bodies[h.DATASPACE]),
            layout=m.read_layout(bodies[h.LAYOUT]),
            filters=m.read_filters(bodies[h.FILTERS]) if h.FILTERS in bodies else [],
            external=external,
        )
        if found.layout.type == m.VIRTUAL:
            found.virtual = list(self._virtual(found.layout, path))
        return found

    def _external(self, body: Fields) -> list[External]:
        heap_at, slots = m.read_external_files(body)
        if heap_at is None:
            return []
        heap = LocalHeap(self._file, heap_at)
        return [External(heap.text(slot.name), slot.offset, slot.size) for slot in slots]

    def _virtual(self, layout: m.Layout, path: str) -> Iterator[virtual.Mapping]:
        if layout.address is None:
            return
        try:
            blob = self.heap.get(layout.address, layout.record)
            self._file.work(1 + blob.size // 64)
            start = self._file.base + layout.address
            data = blob.head(_LONGEST_MAPPING)
            yield from virtual.read_mappings(Fields(data, start, self._file))
        except (ReadError, FormatError) as error:
            self._file.broken(error, path)


_DESCRIBING: Final = (h.DATATYPE, h.DATASPACE, h.LAYOUT, h.FILTERS, h.EXTERNAL_FILES)
