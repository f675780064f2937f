"""Descriptions of zarr arrays: `.zarray`, `.zmetadata` and `zarr.json`.

Sources: the Zarr specifications 2 and 3; the codecs of numcodecs. The chunks lie in files of their
own, named by numbers. The codec `pickle` makes of each chunk an object array, and runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Tensor
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, TooLargeError, entries, find_json

_MARKS: Final = (b'"zarr_format"', b'"zarr_consolidated_format"')
_CODECS: Final = frozenset(("compressor", "filters", "codecs", "index_codecs", "array_codecs"))
_MOST: Final = 10_000


def identify(blob: Blob) -> bool:
    """Whether `blob` is an object that states its version of zarr."""
    try:
        value = find_json(blob, *_MARKS)
    except TooLargeError:
        return True
    keys = ("zarr_format", "zarr_consolidated_format")
    return isinstance(value, Pairs) and any(isinstance(value.last(key), int) for key in keys)


def parse(source: Source) -> Iterator[Event]:
    """Yield the arrays, and codecs that run what they read."""
    try:
        value = find_json(source.blob, *_MARKS)
    except TooLargeError as error:
        yield Incomplete(f"the description is not read: {error}")
        return
    yield from _array(value, "")
    for told, (path, key, inner) in enumerate(entries(value)):
        if told > _MOST:
            yield Incomplete(f"the description has more than {_MOST} entries")
            return
        yield from _array(inner, path)
        if key in ("id", "name") and isinstance(inner, str) and _CODECS & set(path.split(".")):
            yield from _codec(inner, path)


def _array(value: Json, path: str) -> Iterator[Event]:
    shape = value.last("shape") if isinstance(value, Pairs) else None
    if not isinstance(shape, list) or not isinstance(value, Pairs):
        return
    dtype = value.last("dtype") or value.last("data_type")
    sides = [side for side in shape if isinstance(side, int)]
    at = Location(path=path[:300])
    if len(sides) != len(shape) or min(sides, default=0) < 0 or max(sides, default=0) >= 1 << 63:
        message = f"an array has the shape {str(shape)[:100]}"
        yield Anomaly(kind="model-structure", message=message, at=at)
        return
    yield Tensor(name=path[:200], dtype=str(dtype)[:100], shape=tuple(sides), at=at)


def _codec(name: str, path: str) -> Iterator[Event]:
    if name.rpartition(".")[2].lower() in ("pickle", "pickles"):
        message = f"the chunks of an array are objects, packed by {name[:100]!r}"
        at = Location(path=path[:300])
        yield Anomaly(kind="array-pickle", message=message, values=(Const(name[:100]),), at=at)
