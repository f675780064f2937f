"""Metadata of Orbax checkpoints: `_CHECKPOINT_METADATA`, `_METADATA` and `_sharding`.

Source: `checkpoint/orbax/checkpoint/_src/metadata` (`step_metadata_serialization.py`,
`tree.py`) and `handlers/handler_type_registry.py` of Orbax 0.5 to 0.12. The type of a handler is
looked up among those the loading program registered; the type of a leaf likewise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, TooLargeError, entries, find_json

_MARKS: Final = (b'"item_handlers"', b'"tree_metadata"')
_LONGEST: Final = 1000
_MOST: Final = 2000
#: Keys of a specification of TensorStore that say where something lies.
_PLACES: Final = frozenset(("kvstore", "base", "path", "url", "manifest", "bucket", "base_url"))
_OWN: Final = frozenset(("tree_metadata", "item_handlers"))


def identify(blob: Blob) -> bool:
    """Whether `blob` is an object that names handlers, or describes a tree of arrays."""
    try:
        value = find_json(blob, *_MARKS)
    except TooLargeError:
        return True
    if not isinstance(value, Pairs):
        return False
    handlers, tree = value.last("item_handlers"), value.last("tree_metadata")
    return isinstance(tree, Pairs) or isinstance(handlers, str | Pairs)


def parse(source: Source) -> Iterator[Event]:
    """Yield the handlers, and every place that a description of an array names."""
    try:
        value = find_json(source.blob, *_MARKS)
    except TooLargeError as error:
        yield Incomplete(f"the metadata are not read: {error}")
        return
    told = 0
    for path, key, inner in entries(value):
        for fact in _told(path, key, inner):
            told += 1
            if told > _MOST:
                yield Incomplete(f"more than {_MOST} handlers and places are named")
                return
            yield fact


def _told(path: str, key: str, inner: Json) -> Iterator[Event]:
    at = Location(path=path[:300])
    if key == "item_handlers":
        for target in _texts(inner):
            yield Reference(target=target[:_LONGEST], role="handler", at=at)
    elif key in _PLACES and isinstance(inner, str) and path.partition(".")[0] in _OWN:
        yield Reference(target=inner[:_LONGEST], role="weight-file", at=at)


def _texts(value: Json) -> list[str]:
    if isinstance(value, Pairs):
        return [text for _, text in value if isinstance(text, str)]
    return [value] if isinstance(value, str) else []
