"""A dialect: what a loader does beyond plain `pickle.load`.

`joblib.load` reads raw arrays between opcodes, `torch.load` answers persistent ids with storages. A
dialect is told of the callables it watches, and may tell facts of its own or move the reading on.
Several dialects may listen to one stream. What they are given are references into the machine's
store; `machine.recorder.values` turns one into a value, `machine.recorder.tell` takes their events.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from modelassay.formats.pickle.store import DICT, GLOBAL, MADE

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

_MOST_ATTRIBUTES: Final = 200


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


def maker_of(machine: Machine, target: int) -> tuple[str, str]:
    """Return the global that `target` was made by, or is."""
    store = machine.store
    ref = store.cells[-target] if store.kind(target) == MADE else target
    if store.kind(ref) == MADE:
        ref = store.cells[-ref]
    return store.name(ref) if store.kind(ref) == GLOBAL else ("", "")


def fields_of(machine: Machine, state: int) -> dict[str, int]:
    """Return the references a state dict holds, by name."""
    if machine.store.kind(state) != DICT:
        return {}
    refs = list(islice(machine.store.items(state), _MOST_ATTRIBUTES))
    names = [machine.recorder.text(ref) for ref in refs[::2]]
    return {name: ref for name, ref in zip(names, refs[1::2], strict=False) if name is not None}
