"""Budget: how much a scan of one file may cost, whatever the file says.

Nothing a hostile file claims can make a scan unbounded. Every cap that is hit is told to the user
as a fact, and what it cut short is never called clean.
"""

from __future__ import annotations

import time

import msgspec

from modelassay.core.errors import BudgetError
from modelassay.io.blob import Extent

MIB = 1 << 20
GIB = 1 << 30
_SHARE = 4


class Limits(msgspec.Struct, frozen=True):
    """The caps of a budget.

    `ratio` is output over input of one compressed stream, held against it once the output passes
    `ratio_from` bytes. `again` is how often all bytes may be read anew as parts of what they are
    in: archives can be laid out to hold themselves, twice.
    """

    seconds: float = 900.0
    inflated: int = 8 * GIB
    ratio: int = 250
    ratio_from: int = 512 * MIB
    depth: int = 12
    members: int = 1_000_000
    facts: int = 200_000
    again: int = 400


class Budget:
    """What is left of the `Limits` for one file and all that is nested in it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.inflated = 0
        self.members = 0
        self._deadline = time.monotonic() + self.limits.seconds

    def tick(self) -> None:
        """Raise `BudgetError` once the time is up."""
        if time.monotonic() > self._deadline:
            raise BudgetError("seconds", f"reading took more than {self.limits.seconds:g} s")

    def inflate(self, amount: int) -> None:
        """Take `amount` inflated bytes from the budget, or raise `BudgetError`."""
        self.inflated += amount
        if self.inflated > self.limits.inflated:
            raise BudgetError("inflated", f"more than {self.limits.inflated} bytes were inflated")
        self.tick()

    def check_ratio(self, consumed: int, written: int, streams: int = 1) -> None:
        """Raise `BudgetError` if `consumed` bytes gave more than is sound.

        Zeros are written as one stream: where `streams` gave them, less is enough.
        """
        most = self.limits.ratio_from if streams == 1 else self.limits.ratio_from // _SHARE
        if written > most and written > consumed * self.limits.ratio:
            message = f"{consumed} compressed bytes inflate to more than {written} bytes"
            raise BudgetError("ratio", message)

    def member(self) -> None:
        """Take one member from the budget, or raise `BudgetError`."""
        self.members += 1
        if self.members > self.limits.members:
            raise BudgetError("members", f"there are more than {self.limits.members} members")
        if self.members % 256 == 0:
            self.tick()

    def read_again(self, part: Extent) -> None:
        """Take `part` as read once more, or raise `BudgetError`."""
        part.base.handed_on += part.end - part.start
        if part.base.handed_on > self.limits.again * max(part.base.size, 1024):
            message = f"the same bytes were read more than {self.limits.again} times"
            raise BudgetError("again", message)

    def check_depth(self, depth: int) -> None:
        """Raise `BudgetError` if `depth` levels of nesting are too many."""
        if depth > self.limits.depth:
            raise BudgetError("depth", f"nested more than {self.limits.depth} levels deep")
