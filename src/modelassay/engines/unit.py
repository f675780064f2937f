"""A unit of work: one file of a scan."""

from __future__ import annotations

import msgspec

from modelassay.core.outcome import Outcome
from modelassay.kernel import Item


class Unit(msgspec.Struct):
    """An item at its place in the scan, and its outcome where that is known without reading it.

    `key` is under what it is to be remembered, if it is, and `stamp` what the file was then; `size`
    is that of its bytes.
    """

    index: int
    item: Item
    outcome: Outcome | None = None
    key: str | None = None
    stamp: tuple[int, ...] = ()
    size: int = 0
