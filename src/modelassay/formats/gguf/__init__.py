"""GGUF: metadata and tensors of llama.cpp and its kin, versions 1 to 3, in either byte order.

Source: `docs/gguf.md` of https://github.com/ggml-org/ggml and the reader in llama.cpp's
`ggml/src/gguf.cpp`. Nothing of the tensors' bytes is read, and nothing of the vocabulary is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import Error, ReadError
from modelassay.core.facts import Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import (
    Child,
    Elements,
    Event,
    Incomplete,
    Notes,
    Skipped,
    Source,
    trailing,
)
from modelassay.formats.gguf.metadata import Reader
from modelassay.formats.gguf.tensors import Tensors
from modelassay.formats.gguf.types import TYPES
from modelassay.formats.gguf.window import LengthError, Window
from modelassay.io.blob import Blob

MAGIC: Final = b"GGUF"
#: The least bytes a pair and a tensor can take: empty names, a byte, no dimension.
_LEAST_PAIR: Final = {True: 13, False: 9}
_LEAST_TENSOR: Final = {True: 24, False: 20}
_MOST_GAPS: Final = 100
_MOST_PADDING: Final = 1 << 16


def identify(blob: Blob) -> bool:
    """Whether `blob` starts as a GGUF file of any version."""
    return blob.head(4) == MAGIC


def parse(source: Source) -> Iterator[Event]:
    """Yield the metadata, the chat templates, the tensors by type and shape, and what is amiss."""
    blob, notes = source.blob, Notes()
    try:
        yield from _parse(source, notes)
    except LengthError as error:
        notes.add("gguf-length", str(error), error.offset, error.claimed, error.left)
        yield from _broken(blob, error)
    except ReadError as error:
        notes.add("gguf-broken", str(error), error.offset)
        yield from _broken(blob, error)
    yield from notes.anomalies


def _parse(source: Source, notes: Notes) -> Iterator[Event]:
    blob = source.blob
    raw = blob.read_at(4, 4)
    # A version has small numbers: in the wrong byte order its low half is zero.
    order = ">" if raw[:2] == b"\0\0" else "<"
    version = int.from_bytes(raw, "big" if order == ">" else "little")
    yield Metadata(key="GGUF.version", value=Const(version), at=Location(4))
    if order == ">":
        yield Metadata(key="GGUF.byte_order", value=Const("big"), at=Location(4))
    if version not in (1, 2, 3):
        notes.add("gguf-version", f"there is no version {version}", 4, version)
    window = Window(blob, source.budget, order, version != 1, 8)
    tensor_count, pair_count = window.length(), window.length()
    for count, least, what in (
        (pair_count, _LEAST_PAIR, "key-value pairs"),
        (tensor_count, _LEAST_TENSOR, "tensors"),
    ):
        if count * least[window.wide] > window.left:
            message = f"the header claims {count} {what}, {window.left} bytes follow"
            notes.add("gguf-count", message, 8, count, window.left)
    reader = Reader(window, notes)
    yield from reader.read(pair_count)
    tensors = Tensors(window, notes, reader.alignment, source.deep)
    failure: Error | None = None
    try:
        tensors.read(tensor_count)
    except Error as error:
        failure = error
    yield from tensors.facts
    if failure is not None:
        raise failure
    start = window.position
    if tensor_count:
        start = (start + tensors.alignment - 1) & -tensors.alignment
    for name, (*shape, kind), offset, size in tensors.places:
        text = name.decode("utf-8", "backslashreplace")
        yield Elements(text, TYPES[kind].name, start + offset, size, tuple(shape))
    yield from _data(blob, start, tensors, notes)


def _broken(blob: Blob, error: ReadError) -> Iterator[Event]:
    yield Incomplete(f"the header breaks off: {error}")
    if error.offset is not None and error.offset < blob.size:
        yield Child(f"@{error.offset}", blob.sub(error.offset), role="gap")


def _data(blob: Blob, start: int, tensors: Tensors, notes: Notes) -> Iterator[Event]:
    """Yield what the bytes behind the header are."""
    size = max(blob.size - start, 0)
    end = tensors.extents.end
    gaps: list[tuple[int, int]] = []
    for what, first, last in tensors.extents.faults():
        if what == "overlap":
            message = f"two tensors cover the bytes {first} to {last} of the data"
            notes.add("gguf-overlap", message, start + first)
        elif first < size and not tensors.unknown:
            message = f"no tensor covers the bytes {first} to {last} of the data"
            notes.add("gguf-hole", message, start + first)
            gaps.append((start + first, min(last, size) - first))
    for offset, length in gaps[:_MOST_GAPS]:
        yield Child(f"@{offset}", blob.sub(offset, length), role="gap")
    # The padding behind the last tensor may be left out.
    if end - tensors.alignment >= size and end > 0:
        message = f"the tensors claim {end} bytes of data, there are {size}"
        notes.add("gguf-bounds", message, start, end, size)
        yield Incomplete("the file ends before its tensors do")
    yield Skipped("tensor data", min(end, size))
    if tensors.unknown:
        yield Incomplete(f"the sizes of {tensors.unknown} tensors are not known")
    elif size > end:
        yield from _tail(blob, start + end)


def _tail(blob: Blob, start: int) -> Iterator[Event]:
    size = blob.size - start
    if size <= _MOST_PADDING and not blob.read_at(start, size).strip(b"\0"):
        yield Skipped("padding", size)
        return
    yield from trailing(blob, start, "the last tensor")
