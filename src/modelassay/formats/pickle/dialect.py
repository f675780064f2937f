"""A dialect: what a loader does beyond plain `pickle.load`.

`joblib.load` reads raw arrays between opcodes, `torch.load` answers persistent ids with storages. A
dialect is told of the callables it watches, and may tell facts of its own or move the reading on.
Several dialects may listen to one stream. What they are given are references into the machine's
store; `machine.recorder.values` turns one into a value, `machine.recorder.tell` takes their events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine


class Dialect:
    """Plain pickle. `watch` are the (module, qualified name) pairs whose use it is told of.

    It is told of what the callables make, and of what is made by calling that in turn.
    """

    watch: frozenset[tuple[str, str]] = frozenset()

    def persistent(self, machine: Machine, node: int) -> int | None:
        """Take the object of a persistent id, and return what the loader would put in its place.

        That is `node` itself for an object of the loader's own, `None` if the id has no meaning.
        """
        return None

    def called(self, machine: Machine, made: int) -> bool:
        """Take the call of a watched callable, or of what one made.

        Return whether its meaning is known, so that one such call is like another and no bytes it
        is given are worth a look.
        """
        return False

    def built(self, machine: Machine, target: int, state: int, position: int) -> int:
        """Return where the stream goes on after the state of something watched was set.

        `position` is where it goes on for plain pickle.
        """
        return position

    def ended(self, machine: Machine) -> None:
        """Take the end of the stream, be it a STOP or an error."""
