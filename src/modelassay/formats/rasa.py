"""Metadata of Rasa models: the graphs of components that loading makes by name.

Source: `rasa/engine/storage/storage.py` (`ModelMetadata`) and `rasa/engine/graph.py`
(`GraphSchema`) of Rasa 3: `metadata.json` in the archive of a model. The class under `uses` of
every node is imported by its path. The archive itself, its pickles and weights, is read as what
they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, TooLargeError, entries, find_json

_MARKS: Final = (b'"train_schema"', b'"predict_schema"')
_MOST: Final = 5000
_LONGEST: Final = 500


def identify(blob: Blob) -> bool:
    """Whether `blob` is JSON with the schemas of a model."""
    try:
        return _is_metadata(find_json(blob, *_MARKS))
    except TooLargeError:
        return False


def _is_metadata(value: Json) -> bool:
    return isinstance(value, Pairs) and {"train_schema", "predict_schema"} <= {k for k, _ in value}


def parse(source: Source) -> Iterator[Event]:
    """Yield every class that a node of a graph names."""
    value = find_json(source.blob, *_MARKS)
    told = 0
    for path, key, inner in entries(value):
        if key == "uses" and isinstance(inner, str):
            told += 1
            if told > _MOST:
                yield Incomplete(f"only {_MOST} components were read")
                return
            yield Reference(role="instantiate", target=inner[:_LONGEST], at=Location(path=path))
