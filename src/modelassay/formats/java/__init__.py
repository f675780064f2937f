"""Streams of Java serialization: the classes that reading them makes, as Weka and Spark save them.

Source: Java Object Serialization Specification, chapter 6 (Object Serialization Stream Protocol).
Nothing is made: class descriptors are told by name, arrays of bytes that hold another stream or a
class are handed on. Where the data of a class cannot be told apart, the rest is still searched for
class descriptors, for what stands there is still read by a loader.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.formats.java.descriptors import find_descriptors
from modelassay.formats.java.stream import MAGIC, Reader
from modelassay.io.blob import Blob

_LONGEST: Final = 300


def identify(blob: Blob) -> bool:
    """Whether a stream of the one version starts here, with an object or data."""
    head = blob.head(5)
    return head[:4] == MAGIC and (len(head) < 5 or 0x70 <= head[4] <= 0x7E)


def parse(source: Source) -> Iterator[Event]:
    """Yield the classes, the names that are looked up, and what stands in arrays of bytes."""
    reader = Reader(source.blob, source.budget)
    trouble = reader.run()
    names = dict(reader.classes)
    if trouble is not None:
        rest = source.blob.sub(trouble.offset or 0)
        for name, at in find_descriptors(rest, source.budget):
            names.setdefault(name, (trouble.offset or 0) + at)
    for name, at in names.items():
        count = reader.counts.get(name, 1)
        yield Reference(
            role="java-object", target=name[:_LONGEST], at=Location(at), count=max(count, 1)
        )
    for name, at in reader.interfaces.items():
        yield Reference(role="java-proxy", target=name[:_LONGEST], at=Location(at))
    for text, at in reader.lookups.items():
        yield Reference(role="java-lookup", target=text[:_LONGEST], at=Location(at))
    for number, (at, size) in enumerate(reader.payloads):
        yield Child(f"bytes {number}", source.blob.sub(at, size), role="payload")
    if reader.plain:
        yield Skipped("values of arrays", reader.plain)
    if trouble is not None:
        message = f"the stream cannot be followed: {trouble}"
        yield Anomaly(kind="broken-stream", message=message, at=Location(trouble.offset))
        yield Incomplete(message)
