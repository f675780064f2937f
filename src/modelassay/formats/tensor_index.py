"""Indexes of sharded weights: which file holds which tensor.

Source: `model.safetensors.index.json` and `pytorch_model.bin.index.json` as written by
`huggingface_hub.serialization` and read by `transformers.modeling_utils`: an object with a
`weight_map` of tensor names to file names. Whether the files are there is known to whoever sees the
folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Metadata, Reference
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Notes, Source
from modelassay.io.blob import Blob
from modelassay.io.json import JsonError, Pairs, may_hold, read_json

_LARGEST: Final = 1 << 26
_MOST_FILES: Final = 10_000


def identify(blob: Blob) -> bool:
    """Whether `blob` is a JSON object with a `weight_map`."""
    if not may_hold(blob, b"weight_map"):
        return False
    if blob.size > _LARGEST:
        return True
    try:
        value = read_json(blob.head(_LARGEST))
    except JsonError:
        return False
    return isinstance(value, Pairs) and isinstance(value.last("weight_map"), Pairs)


def parse(source: Source) -> Iterator[Event]:
    """Yield a reference for each file that is named, and what the metadata say."""
    notes = Notes()
    if source.blob.size > _LARGEST:
        yield Incomplete(f"the index has {source.blob.size} bytes")
        return
    try:
        value = read_json(source.blob.head(_LARGEST))
    except JsonError as error:
        yield Incomplete(f"the index is no JSON: {error}")
        return
    files: dict[str, Reference] = {}
    if not isinstance(value, Pairs):
        return
    for key in value.duplicates():
        notes.add("json-duplicate", f"the key {key[:100]!r} stands twice", None)
    for key, inner in value:
        if key == "metadata" and isinstance(inner, Pairs):
            for name, item in inner[:100]:
                if isinstance(item, str | int | float):
                    yield Metadata(key=name[:200], value=Const(item))
        if key != "weight_map" or not isinstance(inner, Pairs):
            continue
        for name in inner.duplicates():
            notes.add("index-duplicate", f"the tensor {name!r} stands twice", None)
        for tensor, target in inner:
            if not isinstance(target, str):
                notes.add("index-entry", f"the file of {tensor!r} is no name", None)
            elif target in files:
                files[target].count += 1
            else:
                at = Location(path=f"weight_map[{tensor[:100]!r}]")
                files[target] = Reference(target=target[:4096], role="weight-file", at=at)
    if len(files) > _MOST_FILES:
        yield Incomplete(f"the index names {len(files)} files, {_MOST_FILES} are told of")
    yield from list(files.values())[:_MOST_FILES]
    yield from notes.anomalies
