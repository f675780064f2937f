"""CatBoost models in JSON.

Source: `ConvertJsonToCatboostModel` in `catboost/libs/model/json_model_helpers.cpp` and
`model_export/json_model_helpers.cpp` of CatBoost 0.10 to 1.2. The library takes the number of
splits of a tree for the logarithm of its leaves, divides a table by its stride, and takes splits
for indexes of borders; so these are held against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Notes, Skipped, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, TooLargeError, find_json

_MARK: Final = b'"features_info"'
_TREES: Final = ("oblivious_trees", "trees")
_MOST_TEXTS: Final = 200
_DEEPEST: Final = 16  # the library takes no deeper trees of equal splits
_BORDERS: Final = {"float_features": "borders", "categorical_features": "values", "ctrs": "borders"}


def identify(blob: Blob) -> bool:
    """Whether `blob` is an object with features and trees."""
    try:
        value = find_json(blob, _MARK)
    except TooLargeError:
        return True
    keys = {key for key, _ in value} if isinstance(value, Pairs) else set()
    return "features_info" in keys and bool(keys.intersection(_TREES))


def parse(source: Source) -> Iterator[Event]:
    """Yield what the model says of itself, and what does not hold."""
    try:
        value = find_json(source.blob, _MARK)
    except TooLargeError as error:
        yield Incomplete(f"the model is not read: {error}")
        return
    if not isinstance(value, Pairs):
        return
    yield Skipped("trees", source.blob.size)
    yield from _information(value.last("model_info"))
    notes = Notes()
    splits = _splits(value.last("features_info"))
    _oblivious(value.last("oblivious_trees"), splits, notes)
    _branching(value.last("trees"), splits, notes)
    _tables(value.last("ctr_data"), notes)
    yield from notes.anomalies


def _information(value: Json) -> Iterator[Metadata]:
    for key, text in (value if isinstance(value, Pairs) else Pairs())[:_MOST_TEXTS]:
        if isinstance(text, str):
            at = Location(path="model_info")
            yield Metadata(key=key[:200], value=Const(text[:1000]), at=at)


def _splits(features: Json) -> int | None:
    """Return how many borders there are for splits to name, `None` where that is not told."""
    if not isinstance(features, Pairs):
        return None
    count = 0
    for group, key in _BORDERS.items():
        for feature in _list(features.last(group)):
            count += len(_list(feature.last(key))) if isinstance(feature, Pairs) else 0
    return count if not features.last("estimated_features") else None


def _oblivious(trees: Json, most: int | None, notes: Notes) -> None:
    """Check trees each level of which has one split."""
    dimension = None
    for number, tree in enumerate(_list(trees)):
        path = f"oblivious_trees[{number}]"
        splits = _list(tree.last("splits")) if isinstance(tree, Pairs) else []
        leaves = _list(tree.last("leaf_values")) if isinstance(tree, Pairs) else []
        paths = 1 << min(len(splits), 64)
        if len(splits) > _DEEPEST or not leaves or len(leaves) % paths:
            message = f"a tree of {len(splits)} levels has {len(leaves)} leaves"
            notes.add("model-structure", message, None, len(splits), len(leaves), path=path)
            continue
        dimension = dimension or len(leaves) // paths
        if len(leaves) != dimension * paths:
            message = f"{len(leaves)} leaves where {dimension * paths} are needed"
            notes.add("model-structure", message, None, len(leaves), path=path)
        for split in splits:
            _split(split, most, path, notes)


def _branching(trees: Json, most: int | None, notes: Notes) -> None:
    """Check trees each node of which has a split of its own."""
    for number, tree in enumerate(_list(trees)):
        path, pending = f"trees[{number}]", [tree]
        while pending:
            node = pending.pop()
            keys = {key for key, _ in node} if isinstance(node, Pairs) else set()
            if isinstance(node, Pairs) and "split" in keys:
                _split(node.last("split"), most, path, notes)
                pending += [node.last("left"), node.last("right")]
            elif "value" not in keys:
                notes.add("model-structure", "a node is neither split nor leaf", None, path=path)


def _split(split: Json, most: int | None, path: str, notes: Notes) -> None:
    index = split.last("split_index") if isinstance(split, Pairs) else None
    if not isinstance(index, int) or index < 0 or (most is not None and index >= most):
        message = f"a split has the index {str(index)[:40]}, of {most}"
        notes.add("model-structure", message, None, path=path)


def _tables(tables: Json, notes: Notes) -> None:
    """Check the tables of categories, which are rows of one hash and some counts."""
    for key, table in tables if isinstance(tables, Pairs) else ():
        stride = table.last("hash_stride") if isinstance(table, Pairs) else None
        size = len(_list(table.last("hash_map"))) if isinstance(table, Pairs) else 0
        if not isinstance(stride, int) or stride < 2 or size % stride:
            message = f"a table of {size} has rows of {str(stride)[:40]}"
            notes.add("model-structure", message, None, size, path=key[:200])


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) and not isinstance(value, Pairs) else []
