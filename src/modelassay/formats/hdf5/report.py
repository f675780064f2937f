"""The objects of an HDF5 file told as facts."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location, Metadata, Reference, Tensor
from modelassay.core.values import Const, Scalar
from modelassay.formats.base import Child, Elements, Event, Skipped
from modelassay.formats.hdf5 import chunks
from modelassay.formats.hdf5 import messages as m
from modelassay.formats.hdf5.attributes import Attribute
from modelassay.formats.hdf5.file import File, FormatError
from modelassay.formats.hdf5.links import Link
from modelassay.formats.hdf5.objects import Dataset, Object, Objects
from modelassay.formats.hdf5.raw import RawData, payloads
from modelassay.io.blob import Memory

#: Filters that come with libhdf5: deflate, shuffle, fletcher32, szip, nbit, scaleoffset.
_BUILT_IN: Final = range(1, 7)
#: Attributes and datasets in which Keras keeps a model's configuration (legacy_h5_format.py).
_CONFIGURATIONS: Final = ("model_config", "training_config")
_LONGEST_METADATA: Final = 200
_MOST_SHAPES: Final = 20_000
#: Bytes a dataset may claim beyond what the file holds of it: a fill value or good compression.
_UNBACKED_SIZE: Final = 64 << 20
_UNBACKED_RATIO: Final = 250


class Reporter:
    """Turns objects into events. Datasets of one type and shape are one fact with a count."""

    def __init__(self, file: File, objects: Objects) -> None:
        self._file = file
        self._objects = objects
        self._tensors: dict[tuple[str, tuple[int, ...]], Tensor] = {}
        self._others = 0
        self._skipped = 0
        self._elements: list[Elements] = []

    def events(self, found: Object) -> Iterator[Event]:
        """Yield what an object says."""
        for link in found.links:
            yield from _link_events(link, found.path)
        yield from self._attribute_events(found)
        if found.dataset is not None:
            try:
                yield from self._dataset_events(found, found.dataset)
            except (ReadError, FormatError) as error:
                self._file.broken(error, found.path)

    def totals(self) -> Iterator[Event]:
        """Yield what was gathered over all objects."""
        yield from self._tensors.values()
        if self._others:
            yield Tensor(name="", dtype="other", shape=(), count=self._others)
        if self._skipped:
            yield Skipped("dataset elements", self._skipped)
        yield from self._elements

    def _attribute_events(self, found: Object) -> Iterator[Event]:
        parts: dict[str, list[bytes]] = {}
        for attribute in found.attributes:
            for fault in attribute.type.faults:
                place = f"{found.path}@{attribute.name}"
                self._file.note("hdf5-datatype", fault, attribute.at, place)
            if not attribute.type.raw:
                if not found.path:
                    yield from _metadata(attribute, None)
                continue
            try:
                values = list(self._values(attribute))
            except (ReadError, FormatError) as error:
                self._file.broken(error, found.path)
                continue
            base = attribute.name.rstrip("0123456789")
            if base in _CONFIGURATIONS and attribute.name != base:
                parts.setdefault(base, []).extend(values)
                continue
            if base in _CONFIGURATIONS:
                yield _configuration(f"{found.path}@{base}", values)
                continue
            for one in values:
                yield from payloads(f"{found.path}@{attribute.name}", one)
            if not found.path:
                yield from _metadata(attribute, values)
        for name, pieces in parts.items():
            yield _configuration(f"{found.path}@{name}0", pieces)

    def _values(self, attribute: Attribute) -> Iterator[bytes]:
        count, at = attribute.space.count, attribute.at
        yield from self._objects.values.values(attribute.type, count, attribute.data, at)

    def _dataset_events(self, found: Object, dataset: Dataset) -> Iterator[Event]:
        path, at = found.path, found.at
        for piece in dataset.external:
            place = Location(at, path)
            yield Reference(target=piece.file, role="hdf5-external-storage", at=place)
        for mapping in dataset.virtual:
            if mapping.file != ".":
                place = Location(mapping.at, path)
                yield Reference(target=mapping.file, role="hdf5-virtual-source", at=place)
        for step in dataset.filters:
            if step.id not in _BUILT_IN:
                message = f"{path} needs the filter {step.id} ({step.name or 'no name'})"
                values = (Const(step.id), Const(step.name))
                place = Location(at, path)
                yield Anomaly(kind="hdf5-filter", message=message, values=values, at=place)
        for fault in dataset.type.faults:
            self._file.note("hdf5-datatype", f"{path}: {fault}", at, path)
        self._count(found, dataset)
        self._measure(found, dataset)
        yield from self._raw(found, dataset)

    def _count(self, found: Object, dataset: Dataset) -> None:
        shape = dataset.space.shape
        key = dataset.type.name, shape
        known = self._tensors.get(key)
        if known is not None:
            known.count += 1
        elif len(self._tensors) >= _MOST_SHAPES:
            self._others += 1
        else:
            place = Location(found.at, found.path)
            size, name = dataset.claimed, found.path.lstrip("/")
            tensor = Tensor(name=name, dtype=key[0], shape=shape, size=size, at=place)
            self._tensors[key] = tensor

    def _measure(self, found: Object, dataset: Dataset) -> None:
        """Hold what a dataset claims against what the file has of it."""
        layout, claimed, file = dataset.layout, dataset.claimed, self._file
        backed: int | None
        if layout.type == m.CHUNKED:
            self._check_chunk(found, dataset)
            filtered = bool(dataset.filters)
            backed = chunks.stored(file, layout, dataset.type.size, filtered, found.path)
        elif layout.type == m.VIRTUAL or dataset.external:
            return
        else:
            backed = 0 if layout.address is None else layout.size
            self._check_extent(found, dataset)
        held = min(file.blob.size if backed is None else backed, file.blob.size)
        self._skipped += held
        if claimed > _UNBACKED_SIZE and claimed > _UNBACKED_RATIO * held:
            message = f"{found.path} claims {claimed} bytes, the file holds {held} of it"
            file.note("hdf5-claimed-size", message, found.at, found.path, claimed, held)

    def _check_chunk(self, found: Object, dataset: Dataset) -> None:
        chunk, rank = dataset.layout.chunk, len(dataset.space.shape)
        size = prod(chunk) * dataset.type.size
        if not size or len(chunk) != rank:
            message = f"{found.path} of {rank} dimensions has chunks of {list(chunk)}"
            self._file.note("hdf5-chunk", message, found.at, found.path)
        elif size >= 1 << 32 and dataset.layout.index == 0:
            message = f"{found.path} has chunks of {size} bytes"
            self._file.note("hdf5-claimed-size", message, found.at, found.path, size, 0)

    def _check_extent(self, found: Object, dataset: Dataset) -> None:
        """Note elements that go beyond the file, or are fewer than claimed."""
        layout, claimed, file = dataset.layout, dataset.claimed, self._file
        size = claimed if layout.size is None else layout.size
        if layout.address is None:
            return
        if not file.inside(layout.address, size):
            message = f"the {size} bytes of {found.path} lie outside the file"
            file.note("hdf5-bounds", message, file.base + layout.address, found.path, size)
            return
        if size < claimed:
            message = f"{found.path} claims {claimed} bytes, its storage has {size}"
            file.note("hdf5-size", message, found.at, found.path, claimed, size)
        if len(self._elements) < _MOST_SHAPES and layout.type != m.COMPACT:
            at = file.base + layout.address
            size, shape = min(size, claimed), tuple(dataset.space.shape)
            self._elements.append(Elements(found.path, dataset.type.name, at, size, shape))

    def _raw(self, found: Object, dataset: Dataset) -> Iterator[Event]:
        """Yield what elements of text and bytes hold."""
        if not dataset.type.raw or not dataset.claimed:
            return
        raw = RawData(self._file, self._objects.values, found, dataset)
        if found.path.rpartition("/")[2].rstrip("0123456789") in _CONFIGURATIONS:
            yield Child(found.path, raw.joined(), role="content", format="keras-config")
        else:
            yield from raw.children()


def _configuration(name: str, pieces: list[bytes]) -> Child:
    return Child(name, Memory(b"".join(pieces)), role="content", format="keras-config")


def _link_events(link: Link, path: str) -> Iterator[Event]:
    place = Location(link.at, f"{path}/{link.name}")
    if link.type == "external":
        yield Reference(target=link.file, role="hdf5-external-link", at=place)
    elif link.type == "user":
        message = f"{place.path} is a link of the user-defined type {link.user}"
        values = (Const(link.user),)
        yield Anomaly(kind="hdf5-user-link", message=message, values=values, at=place)


def _metadata(attribute: Attribute, values: list[bytes] | None) -> Iterator[Metadata]:
    """Yield a short value of the root group as it is."""
    if attribute.space.count != 1:
        return
    value: Scalar
    if values is None:
        return
    raw = b"".join(values)
    value = raw[:_LONGEST_METADATA].decode("utf-8", "replace")
    size = len(raw) if len(raw) > _LONGEST_METADATA else None
    yield Metadata(key=attribute.name, value=Const(value, size), at=Location(attribute.at))
