"""safetensors: a length, a JSON header, and the bytes of the tensors.

Source: the format section of https://github.com/huggingface/safetensors (README) and the checks of
`safetensors/src/tensor.rs`, 0.3 to 0.8. The header takes at most 100,000,000 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source, trailing
from modelassay.formats.safetensors.header import read_header
from modelassay.formats.safetensors.layout import Layout
from modelassay.io.blob import Blob, Memory

_LONGEST_HEADER: Final = 100_000_000
_SPACE: Final = b" \t\r\n"
_PREVIEW: Final = 2000
#: What marks a configuration whose values name what is called.
_BUILT: Final = ("_target_", "!!python/", "class_path")


def identify(blob: Blob) -> bool:
    """Whether `blob` starts as a length and a JSON object of tensors."""
    head = blob.head(4096)
    opening = head[8:].lstrip(_SPACE)
    if opening[:1] != b"{" or opening[1:].lstrip(_SPACE)[:1] not in (b'"', b"}", b""):
        return False
    length = int.from_bytes(head[:8], "little")
    if length <= blob.size - 8:
        return length >= 2
    # A lie about the length; text that has a brace in ninth place is none.
    return not head[:8].isascii() or (0 in head[:8] and b'"dtype"' in head)


def parse(source: Source) -> Iterator[Event]:
    """Yield the metadata, the tensors by type and shape, and all that does not fit."""
    blob = source.blob
    length = int.from_bytes(blob.head(8), "little")
    data = 8 + length
    if length > _LONGEST_HEADER or data > blob.size:
        message = f"the header claims {length} bytes, {blob.size - 8} follow"
        yield Anomaly(
            kind="safetensors-header-size",
            message=message,
            values=(Const(length), Const(blob.size - 8)),
            at=Location(0),
        )
        yield Incomplete("the header is not read")
        yield Child("@8", blob.sub(8), role="gap")
        return
    layout = Layout(data, blob.size - data, source.deep)
    whole = True
    for piece in read_header(blob.read_at(8, length)):
        source.budget.tick()
        layout.take(piece)
        whole = whole and piece.whole
        for text in piece.texts:
            yield Metadata(
                key=text.key[:_PREVIEW], value=_preview(text.value), at=Location(8 + text.offset)
            )
            yield from _config(text.key, text.value)
    gaps = list(layout.gaps()) if whole else []
    yield from layout.groups.values()
    yield from layout.notes.anomalies
    yield from layout.elements
    if not whole:
        yield Incomplete("the header is not read to its end")
        yield Child("@8", blob.sub(8), role="gap")
        return
    for start, end in gaps:
        yield Child(f"@{start}", blob.sub(start, end - start), role="gap")
    covered = min(layout.extents.end, layout.size)
    yield Skipped("tensor data", covered)
    if layout.extents.end > layout.size:
        yield Incomplete("the file ends before its tensors do")
    else:
        yield from trailing(blob, data + layout.extents.end, "the last tensor")


def _config(key: str, text: str) -> Iterator[Event]:
    """Yield a value that libraries instantiate, as FlexTok does: a configuration by itself."""
    if any(mark in text for mark in _BUILT):
        data = text.encode("utf-8", "backslashreplace")
        yield Child(f"__metadata__.{key[:100]}", Memory(data), role="content")


def _preview(text: str) -> Const:
    return Const(text) if len(text) <= _PREVIEW else Const(text[:_PREVIEW], len(text))
