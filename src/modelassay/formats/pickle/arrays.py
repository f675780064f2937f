"""Where the elements of arrays lie in a pickle, for the search of their bits.

Source: `array_reduce` and `array_setstate` of numpy, `numpy/_core/src/multiarray/methods.c`: the
state is (version, shape, dtype, order, bytes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from modelassay.core.values import Const, Made
from modelassay.formats.base import Elements
from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.dialect import Dialect
from modelassay.formats.pickle.store import TUPLE

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

_ROOMS: Final = ("numpy.core.multiarray", "numpy._core.multiarray")
_STATE: Final = 5


class ArrayDialect(Dialect):
    """Tells where each array that is a constant lies, and of which type its elements are."""

    watch = frozenset((room, "_reconstruct") for room in _ROOMS)

    def built(self, machine: Machine, target: int, state: int, position: int) -> int:
        """Tell of one array."""
        store, constants = machine.store, machine.recorder.constants
        parts = list(store.items(state)) if store.kind(state) == TUPLE else []
        if len(parts) == _STATE and parts[4] >= 0:
            code, _, length = constants.raw(parts[4], 0)
            text = type_string(machine, parts[2])
            if code in op.BYTES and text:
                tell(machine, text, constants.start(parts[4]), length)
        return position


def tell(machine: Machine, text: str, start: int, size: int) -> None:
    """Tell of elements of a type as `numpy.dtype` names it, such as `f8`."""
    name = f"at {start}"
    machine.recorder.tell(Elements(name, f"<{text.lstrip('<=|')}", start, size))


def type_string(machine: Machine, dtype: int) -> str:
    """Return the first argument of `numpy.dtype`, such as `f8`."""
    value = machine.recorder.values.value(dtype)
    if isinstance(value, Made) and value.args and isinstance(value.args[0], Const):
        text = value.args[0].value
        return text if isinstance(text, str) else ""
    return ""
