"""OpenVINO IR: an XML document of layers, and their constants in a raw file of the same name.

Source: "OpenVINO IR format" in the documentation of OpenVINO; `src/frontends/ir` of OpenVINO 2020
to 2026, and its `src/core/src/pass/serialize.cpp`. Bodies of loops are networks inside of layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Metadata, Reference
from modelassay.core.nesting import name as name_of
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Notes, Source, Weights
from modelassay.formats.xml import Document, includes, prolog, read, root
from modelassay.io.blob import Blob
from modelassay.io.xml import Tag, XmlError

_OPSET: Final = re.compile(r"opset[0-9]{1,3}\Z")
_FIRST_WITH_OPSETS: Final = 10
_FARTHEST: Final = 1 << 50
_ALIGNMENT: Final = 64
_MOST: Final = 1000
_NUMBER: Final = re.compile(r"[0-9]{1,30}\Z")
_BITS: Final = {
    "boolean": 8, "bf16": 16, "nf4": 4, "string": 0,
    **{f"{kind}{bits}": bits for bits in (1, 2, 3, 4, 6, 8, 16, 32, 64) for kind in "uif"},
}  # fmt: skip


def identify(blob: Blob) -> bool:
    """Whether the first element of a document is a network."""
    return root(blob) == "net"


def parse(source: Source) -> Iterator[Event]:
    """Yield the layers that OpenVINO does not have, and what lies in the raw file."""
    try:
        document = read(source.blob)
    except XmlError as error:
        yield Incomplete(f"the network is not read: {error}")
        return
    yield from prolog(document)
    yield from _Network(source.name).events(document)
    yield from document.faults()


class _Network:
    """What is counted while the layers go by."""

    def __init__(self, name: str) -> None:
        self.name = name_of(name)
        self.notes = Notes()
        self.layers: dict[str, Reference] = {}
        self.version = 0
        self.layer = ""
        self.end = self.stored = self.constants = 0

    def events(self, document: Document) -> Iterator[Event]:
        for tag in document.tags():
            if tag.start:
                yield from includes(tag)
                yield from self._take(tag)
        yield from self.layers.values()
        yield from self.notes.anomalies
        if self.constants:
            end = Const(min(self.end, _FARTHEST))
            yield Metadata(key="constants-end", value=end)
            size = min(self.end, self.stored + _ALIGNMENT * self.constants)
            yield Weights(f"{self.name.removesuffix('.xml')}.bin", size)

    def _take(self, tag: Tag) -> Iterator[Event]:
        fields = tag.attributes
        if tag.name == "net":
            version = fields.get("version", "")[:100]
            self.version = _number(version) or 0
            yield Metadata(key="ir-version", value=Const(version), at=Location(tag.at))
        elif tag.name == "layer":
            self.layer = visible(fields.get("name", "")[:200])
            opset = fields.get("version")
            kind = fields.get("type", "")[:200]
            if opset is not None and not _OPSET.match(opset):
                self._named(f"{opset[:200]}::{kind}", "custom-layer", tag)
            elif opset is not None or self.version >= _FIRST_WITH_OPSETS:
                self._named(f"{opset or ''}::{kind}", "opset-layer", tag)
        if "offset" in fields and "size" in fields:
            self._constant(tag)

    def _named(self, target: str, role: str, tag: Tag) -> None:
        known = self.layers.get(target)
        if known is not None:
            known.count += 1
        elif len(self.layers) < _MOST:
            at = Location(tag.at, self.layer)
            self.layers[target] = Reference(target=target, role=role, at=at)

    def _constant(self, tag: Tag) -> None:
        """Hold the place of a constant against its type and shape."""
        offset, size = (_number(tag.attributes[key]) for key in ("offset", "size"))
        if offset is None or size is None or offset + size > _FARTHEST:
            stated = f"{tag.attributes['offset'][:40]!r}, size {tag.attributes['size'][:40]!r}"
            message = f"a constant lies at {stated}, where no file has it"
            self.notes.add("model-structure", message, tag.at, path=self.layer)
            return
        wanted = _size(tag.attributes)
        if wanted is not None and wanted != size:
            message = f"a constant of {size} bytes would need {wanted}"
            self.notes.add("model-structure", message, tag.at, size, wanted, path=self.layer)
        self.end = max(self.end, offset + size)
        self.stored += size
        self.constants += 1


def _size(fields: dict[str, str]) -> int | None:
    """Return the bytes that a type and a shape need; `None` where they are not stated."""
    bits = _BITS.get(fields.get("element_type", ""), 0)
    if not bits or "shape" not in fields:
        return None
    sides = [_number(side.strip()) for side in fields["shape"].split(",") if side.strip()]
    product = bits
    for side in sides:
        if side is None:
            return None
        product = min(product * side, 1 << 80)
    return (product + 7) // 8


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.match(text) else None
