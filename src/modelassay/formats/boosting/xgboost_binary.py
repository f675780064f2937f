"""XGBoost models in the binary form of before 2.1, with and without the magic `binf`.

Source: `LearnerIO::Load` in `src/learner.cc`, `GBTreeModel::Load` in `src/gbm/gbtree_model.cc`,
`RegTree::Load` in `src/tree/tree_model.cc` and `include/xgboost/tree_model.h`, of XGBoost 0.4 to
1.7. All of it is numbers, of the machine that wrote them; texts have a length of eight bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Notes, Skipped, Source, trailing
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.cursor import Cursor

MAGIC: Final = b"binf"
_PARAMETERS: Final = 136  # of the learner, with room for more
_TREE_PARAMETERS: Final = 148
_FOREST_PARAMETERS: Final = 160
_LINEAR_PARAMETERS: Final = 136
_NODE: Final = struct.Struct("<iiiIf")  # parent, left, right, what is asked, threshold
_STATISTICS: Final = 16
_TREES: Final = ("gbtree", "dart")
_BOOSTERS: Final = (*_TREES, "gblinear")
_LONGEST: Final = 1 << 20
_CHUNK: Final = 4096
_MOST_TEXTS: Final = 10_000
_DELTA: Final = "count:poisson"


class _Head(msgspec.Struct, frozen=True):
    """What the parameters tell: features, whether attributes and metrics follow, the version."""

    features: int
    more: bool
    metrics: bool
    major: int
    objective: str
    booster: str


def identify(blob: Blob) -> bool:
    """Whether names of an objective and a booster stand behind parameters."""
    try:
        _names(_start(blob))
    except ReadError:
        return False
    return True


def parse(source: Source) -> Iterator[Event]:
    """Yield what the model says of itself, and trees that do not hold."""
    cursor, notes = _start(source.blob), Notes()
    trouble = ""
    try:
        yield from _read(cursor, source.budget, notes)
    except ReadError as error:
        trouble = f"the model is broken: {error}"
        yield Anomaly(kind="model-structure", message=trouble, at=Location(error.offset))
    yield from notes.anomalies
    yield Skipped("trees", cursor.position)
    if trouble:
        yield Incomplete(trouble)
    else:
        yield from trailing(source.blob, cursor.position, "the model")


def _start(blob: Blob) -> Cursor:
    return Cursor(blob, len(MAGIC) if blob.head(4) == MAGIC else 0)


def _names(cursor: Cursor) -> _Head:
    """Read the parameters of the learner, and the names of objective and booster."""
    _, features, _, more, metrics, major = struct.unpack("<fIiiiI", cursor.read(24))
    cursor.skip(_PARAMETERS - 24)
    objective, booster = _text(cursor, 100), _text(cursor, 20)
    plain = objective.replace(":", "").replace("_", "").replace("-", "").isalnum()
    if more not in (0, 1) or metrics not in (0, 1) or not plain or booster not in _BOOSTERS:
        raise ReadError("no names stand behind the parameters", cursor.position)
    return _Head(features, bool(more), bool(metrics), major, objective, booster)


def _text(cursor: Cursor, longest: int = _LONGEST) -> str:
    size = cursor.u64()
    if size > longest:
        raise ReadError(f"a text of {size} bytes", cursor.position)
    return cursor.read(size).decode("utf-8", "backslashreplace")


def _read(cursor: Cursor, budget: Budget, notes: Notes) -> Iterator[Event]:
    head = _names(cursor)
    yield Metadata(key="objective", value=Const(head.objective))
    yield Metadata(key="booster", value=Const(head.booster))
    if head.booster in _TREES:
        count = _count(cursor.u32(), _TREE_PARAMETERS, cursor)
        cursor.skip(_FOREST_PARAMETERS - 4)
        for number in range(count):
            budget.tick()
            _tree(cursor, number, head.features, notes)
        cursor.skip(4 * count)  # the group of each tree
    else:
        cursor.skip(_LINEAR_PARAMETERS)
        cursor.skip(4 * _count(cursor.u64(), 4, cursor))
    if head.booster == "dart" and count:
        cursor.skip(4 * _count(cursor.u64(), 4, cursor))
    yield from _attributes(cursor) if head.more else ()
    if head.objective == _DELTA and not head.major:
        _text(cursor)  # which is an attribute since 1.0
    for _ in range(_count(cursor.u64(), 8, cursor) if head.metrics else 0):
        _text(cursor)


def _attributes(cursor: Cursor) -> Iterator[Event]:
    count = _count(cursor.u64(), 16, cursor)
    if count > _MOST_TEXTS:
        raise ReadError(f"{count} attributes", cursor.position)
    for _ in range(count):
        at = Location(cursor.position, "attributes")
        key, value = _text(cursor), _text(cursor, 1 << 30)
        yield Metadata(key=key[:200], value=Const(value[:1000]), at=at)


def _count(claimed: int, least: int, cursor: Cursor) -> int:
    if claimed > cursor.left // least:
        raise ReadError(f"{claimed} entries in {cursor.left} bytes", cursor.position)
    return claimed


def _tree(cursor: Cursor, number: int, features: int, notes: Notes) -> None:
    at = cursor.position
    _, claimed, _, _, _, vector = struct.unpack("<6i", cursor.read(24))
    cursor.skip(_TREE_PARAMETERS - 24)
    nodes = _count(claimed & 0xFFFFFFFF, _NODE.size + _STATISTICS, cursor)
    path = f"trees[{number}]"
    if not nodes:
        notes.add("model-structure", "a tree has no nodes", at, path=path)
    for first in range(0, nodes, _CHUNK):
        raw = cursor.read(min(_CHUNK, nodes - first) * _NODE.size)
        for _, left, right, asked, _ in _NODE.iter_unpack(raw):
            if left != -1 and not (0 <= left < nodes and 0 <= right < nodes):
                message = "the children of a node lead beyond what there is"
                notes.add("model-structure", message, at, left, right, path=path)
            elif left != -1 and features and asked & 0x7FFFFFFF >= features:
                message = f"a node asks for feature {asked & 0x7FFFFFFF} of {features}"
                notes.add("model-structure", message, at, path=path)
    cursor.skip(nodes * _STATISTICS)
    if vector:
        cursor.skip(4 * _count(cursor.u64(), 4, cursor))
