"""LightGBM models, in text and JSON.

Source: `GBDT::SaveModelToString` and `GBDT::DumpModel` in `src/boosting/gbdt_model_text.cpp`,
`Tree::ToString` in `src/io/tree.cpp`, of LightGBM 2 to 4.7. The library takes the children of a
node for indexes, so they are held against the number of leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Notes, Skipped, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Pairs, TooLargeError, find_json

_LARGEST: Final = 1 << 28
_STATED: Final = ("version", "objective", "num_class")
_COUNTED: Final = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
_TEXT: Final = re.compile(rb"tree\r?\nversion=v[0-9]{1,4}\r?\n")
_COUNT: Final = re.compile(r"[0-9]{1,10}\Z")
_LINK: Final = re.compile(r"-?[0-9]{1,10}\Z")


def identify(blob: Blob) -> bool:
    """Whether `blob` starts as the text does, or is an object with the trees of one."""
    head = blob.head(64)
    if _TEXT.match(head):
        return True
    try:
        value = find_json(blob, b'"tree_info"') if head.lstrip()[:1] == b"{" else None
    except TooLargeError:
        return False  # numbers, which as text are as inert
    return isinstance(value, Pairs) and isinstance(value.last("tree_info"), list)


def parse(source: Source) -> Iterator[Event]:
    """Yield what the model says of itself, and trees that do not hold."""
    if source.blob.size > _LARGEST:
        yield Incomplete(f"a model of more than {_LARGEST} bytes is not read")
        return
    data = source.blob.head(_LARGEST)
    yield Skipped("trees", len(data))
    if not _TEXT.match(data):
        return  # made to be looked at: no loader takes it
    notes, tree, leaves = Notes(), "", 0
    at = 0
    for line in data.decode("utf-8", "replace").splitlines(keepends=True):
        key, _, value = line.strip().partition("=")
        if key == "Tree":
            tree, leaves = value[:20], 0
        elif not tree and key in _STATED:
            yield Metadata(key=key, value=Const(value[:200]))
        elif tree and key == "num_leaves":
            leaves = int(value) if _COUNT.match(value) else -1
            if leaves < 1:
                notes.add("model-structure", f"a tree of {value[:20]!r} leaves", at, path=tree)
        elif tree and key in _COUNTED and leaves > 1:
            _count(key, value.split(" "), leaves, at, tree, notes)
        at += len(line)
    yield from notes.anomalies


def _count(key: str, items: list[str], leaves: int, at: int, tree: str, notes: Notes) -> None:
    if len(items) != leaves - 1:
        message = f"{key} of {leaves} leaves has {len(items)} entries"
        notes.add("model-structure", message, at, leaves, len(items), path=f"Tree={tree}")
    elif key.endswith("_child"):
        links = [int(item) for item in items if _LINK.match(item)]
        if len(links) != len(items) or not -leaves <= min(links) <= max(links) < leaves - 1:
            message = f"{key} leads beyond what there is"
            notes.add("model-structure", message, at, path=f"Tree={tree}")
