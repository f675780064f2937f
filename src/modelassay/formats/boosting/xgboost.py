"""XGBoost models, in JSON and UBJSON.

Source: "Introduction to Model IO" and `doc/model.schema` of XGBoost 1.0 to 3.2; `tree_model.cc`.
The library takes the children of a node for indexes, so they are held against the number of nodes.
What a pickle holds is a snapshot, the model beside its configuration (`LearnerIO::Save`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, Final

from modelassay.core.errors import Error
from modelassay.core.facts import Anomaly, Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Notes, Skipped, Source, trailing
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, TooLargeError, find_json, read_json
from modelassay.io.ubjson import read_ubjson

_LARGEST: Final = 1 << 28
_HEAD: Final = 256
_MOST_TEXTS: Final = 200
_ROOT: Final = 2147483647
_COUNTED: Final = ("left_children", "right_children", "parents", "split_indices", "base_weights")
_LINKS: Final = ("left_children", "right_children")
_FIRST_KEYS: Final = ("learner", "version", "Config")
_PARAMETERS: Final = ("num_class", "num_feature", "num_target")


def identify(blob: Blob) -> bool:
    """Whether `blob` is an object of JSON or UBJSON that starts with the keys of a model."""
    head = blob.head(_HEAD)
    return _is_binary(head) or _is_json(blob)


def _is_binary(head: bytes) -> bool:
    return head[:1] == b"{" and head[1:2] in b"iUIlL" and _first_key(head) in _FIRST_KEYS


def _first_key(head: bytes) -> str:
    width = {b"i": 1, b"U": 1, b"I": 2, b"l": 4, b"L": 8}.get(head[1:2], 0)
    length = int.from_bytes(head[2 : 2 + width], "big")
    return head[2 + width : 2 + width + min(length, 20)].decode("latin-1")


def _is_json(blob: Blob) -> bool:
    try:
        value = find_json(blob, b'"gradient_booster"')
    except TooLargeError:
        return False  # numbers, which as text are as inert
    return isinstance(_at(_at(value, "Model") or value, "learner"), Pairs)


def parse(source: Source) -> Iterator[Event]:
    """Yield what the model says of itself, and what does not hold."""
    if source.blob.size > _LARGEST:
        yield Incomplete(f"a model of more than {_LARGEST} bytes is not read")
        return
    data = source.blob.head(_LARGEST)
    try:
        value, end = read_ubjson(data) if _is_binary(data) else (read_json(data), len(data))
    except Error as error:
        place = getattr(error, "offset", None)
        message = f"the model is broken: {error}"
        yield Anomaly(kind="model-structure", message=message, at=Location(place))
        yield Incomplete(message)
        return
    yield Skipped("trees", end)
    yield from _model(value)
    yield from trailing(source.blob, end, "the model")


def _model(value: Json) -> Iterator[Event]:
    learner = _at(_at(value, "Model") or value, "learner")
    attributes = _at(learner, "attributes")
    for key, text in (attributes if isinstance(attributes, Pairs) else Pairs())[:_MOST_TEXTS]:
        if isinstance(text, str):
            at = Location(path="learner.attributes")
            yield Metadata(key=key[:200], value=Const(text[:1000]), at=at)
    notes = Notes()
    parameters = _at(learner, "learner_model_param")
    for key in _PARAMETERS:
        number = _number(_at(parameters, key))
        if number is not None and not 0 <= number < _ROOT:
            notes.add("model-structure", f"{key} is {number}", None, number, path=key)
    booster = _at(learner, "gradient_booster")
    model = _at(_at(booster, "gbtree") or booster, "model")
    trees = _at(model, "trees")
    stated = _number(_at(_at(model, "gbtree_model_param"), "num_trees"))
    count = len(trees) if isinstance(trees, list) else 0
    if stated is not None and stated != count:
        message = f"the model claims {stated} trees and has {count}"
        notes.add("model-structure", message, None, stated, count, path="num_trees")
    features = _number(_at(parameters, "num_feature"))
    for number, tree in enumerate(trees if isinstance(trees, list) else ()):
        if isinstance(tree, Pairs):
            _tree(tree, number, features, notes)
    yield from notes.anomalies


def _tree(tree: Pairs, number: int, features: int | None, notes: Notes) -> None:
    path = f"trees[{number}]"
    nodes = _number(_at(_at(tree, "tree_param"), "num_nodes"))
    width = _number(_at(_at(tree, "tree_param"), "size_leaf_vector")) or 1  # of several targets
    for key in _COUNTED:
        items: Any = tree.last(key)
        if not isinstance(items, list | array):
            continue
        wanted = None if nodes is None else nodes * (width if key == "base_weights" else 1)
        if wanted is not None and len(items) != wanted:
            message = f"{key} of {nodes} nodes has {len(items)} entries"
            notes.add("model-structure", message, None, nodes or 0, len(items), path=path)
        most = len(items) if key in _LINKS else features or _ROOT
        if key in (*_LINKS, "split_indices") and not _within(items, most):
            notes.add("model-structure", f"{key} leads beyond what there is", None, path=path)


def _within(items: list[Any] | array[Any], most: int) -> bool:
    """Whether all items are numbers from -1, which stands for none, to below `most`."""
    numbers = [item for item in items if isinstance(item, int)]
    least, largest = min(numbers, default=0), max(numbers, default=0)
    return len(numbers) == len(items) and -1 <= least <= largest < most


def _at(value: Json, key: str) -> Json:
    return value.last(key) if isinstance(value, Pairs) else None


def _number(value: Json) -> int | None:
    """Return a number that may be written as text, as the parameters are."""
    try:
        return int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None
