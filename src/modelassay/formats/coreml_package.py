"""Manifests of CoreML packages (`.mlpackage`): which of the files below `Data/` is the model.

Source: `modelpackage/src/ModelPackage.cpp` of coremltools 5 to 9, which joins the folder `Data`
and the path of an item.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata, Reference
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Pairs, TooLargeError, find_json

_MARK: Final = b'"itemInfoEntries"'
_LONGEST: Final = 1000
_MOST: Final = 1000


def identify(blob: Blob) -> bool:
    """Whether `blob` is an object with items and a root among them."""
    try:
        value = find_json(blob, _MARK)
    except TooLargeError:
        return True
    return isinstance(value, Pairs) and isinstance(value.last("itemInfoEntries"), Pairs)


def parse(source: Source) -> Iterator[Event]:
    """Yield the path of every item, and what does not hold."""
    try:
        value = find_json(source.blob, _MARK)
    except TooLargeError as error:
        yield Incomplete(f"the manifest is not read: {error}")
        return
    items = value.last("itemInfoEntries") if isinstance(value, Pairs) else None
    if not isinstance(value, Pairs) or not isinstance(items, Pairs):
        return
    version = str(value.last("fileFormatVersion"))[:40]
    yield Metadata(key="file-format-version", value=Const(version))
    for key, item in items[:_MOST]:
        at = Location(path=f"itemInfoEntries.{key[:100]}")
        path = item.last("path") if isinstance(item, Pairs) else None
        if isinstance(path, str):
            yield Reference(target=path[:_LONGEST], role="weight-file", at=at)
        else:
            yield Anomaly(kind="model-structure", message="an item has no path", at=at)
    if len(items) > _MOST:
        yield Incomplete(f"the manifest has more than {_MOST} items")
    twice = items.duplicates()
    if twice or value.last("rootModelIdentifier") not in [key for key, _ in items]:
        message = "an item stands twice" if twice else "the root is none of the items"
        yield Anomaly(kind="model-structure", message=message, at=Location(path="itemInfoEntries"))
