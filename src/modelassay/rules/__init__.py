"""The table of rules. To add one: a module with `RULE` and `check`, and one line here.

A rule is imported only where a fact of a kind it listens to was found.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import msgspec


class Entry(msgspec.Struct, frozen=True):
    """A rule's id, which is its module's name with dashes, and the kinds of fact it listens to."""

    id: str
    listens: tuple[str, ...]

    def load(self) -> ModuleType:
        """Import the module of this rule."""
        return import_module(f"modelassay.rules.{self.id.replace('-', '_')}")


RULES: tuple[Entry, ...] = ()

BY_ID: dict[str, Entry] = {entry.id: entry for entry in RULES}
