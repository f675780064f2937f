"""A dialect: what a loader does beyond plain `pickle.load`.

`joblib.load` reads raw arrays between opcodes, `torch.load` answers persistent ids with storages. A
dialect is told of the callables it watches, and may yield facts of its own or move the reading on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from modelassay.core.values import Made, Value
from modelassay.formats.base import Event

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine


class Dialect:
    """Plain pickle. `watch` are the (module, qualified name) pairs whose use it is told of."""

    watch: frozenset[tuple[str, str]] = frozenset()

    def persistent(self, id: Value, offset: int) -> Iterable[Event]:
        """Tell what a persistent id means; `offset` is where its opcode stands."""
        return ()

    def called(self, call: Made, offset: int) -> Iterable[Event]:
        """Tell what a call of a watched callable means."""
        return ()

    def built(self, machine: Machine, target: Made, state: Value, position: int) -> int:
        """Return where the stream goes on after the state of a watched class was set.

        `position` is where it goes on for plain pickle. Events go to `machine.recorder.events`.
        """
        return position
