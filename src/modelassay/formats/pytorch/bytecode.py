"""The bytecode of TorchScript for mobile: which operators and classes `bytecode.pkl` names.

Source: `torch/csrc/jit/serialization/export_module.cpp` (`ScriptModuleSerializer::writeByteCode`)
and `torch/csrc/jit/mobile/import.cpp` of PyTorch 2.13. Its loader never looks at the source beside
it. The pickle is made of tuples; in each function `("operators", ((name, overload, count), ...))`
and `("types", (name, ...))` tell what its instructions refer to by number.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from modelassay.core.facts import Code, CodeReference, Limit, Location
from modelassay.formats.pickle.store import LIST, TUPLE
from modelassay.formats.pytorch.dialect import TorchDialect
from modelassay.formats.pytorch.torchscript.names import class_name, schema_name

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

_MOST_NODES: Final = 2_000_000
_MOST_NAMES: Final = 20_000
#: Levels of tuples from the result to the name of an operator, and some more.
_DEEPEST: Final = 12
_PARTS: Final = ("operators", "types")


class BytecodeDialect(TorchDialect):
    """Tells at the end of the stream what its functions refer to."""

    def ended(self, machine: Machine) -> None:
        """Look for the tables of all functions."""
        names: dict[str, bool] = {}
        whole = True
        for kind, entry in _tables(machine):
            name = _operator(machine, entry) if kind == "operators" else _class(machine, entry)
            if name is not None and (name in names or len(names) < _MOST_NAMES):
                names[name] = kind == "operators"
            else:
                whole = whole and name is None
        super().ended(machine)
        told = tuple(CodeReference(name, called) for name, called in names.items())
        machine.recorder.tell(
            Code(name="bytecode", language="torchscript", references=told, at=Location(0))
        )
        if not whole:
            message = f"more than {_MOST_NAMES} operators and types are named"
            machine.recorder.tell(Limit(name="names", message=message))


def _tables(machine: Machine) -> Iterator[tuple[str, int]]:
    """Yield each entry of each table of operators or types, wherever it stands."""
    store = machine.store
    pending, left = [(machine.result, 0)], _MOST_NODES
    while pending and left > 0:
        ref, depth = pending.pop()
        if store.kind(ref) not in (TUPLE, LIST) or depth > _DEEPEST:
            continue
        items = list(islice(store.items(ref), left))
        left -= len(items)
        kind = machine.recorder.text(items[0]) if len(items) == 2 and items[0] >= 0 else None
        if kind in _PARTS and store.kind(items[1]) in (TUPLE, LIST):
            yield from ((kind, entry) for entry in islice(store.items(items[1]), left))
        elif kind != "instructions":
            pending += [(item, depth + 1) for item in items if item < 0]


def _operator(machine: Machine, entry: int) -> str | None:
    if machine.store.kind(entry) not in (TUPLE, LIST):
        return None
    first = next(machine.store.items(entry), 0)
    name = machine.recorder.text(first) if first >= 0 else None
    return schema_name(name) if name else None


def _class(machine: Machine, entry: int) -> str | None:
    name = machine.recorder.text(entry) if entry >= 0 else None
    return class_name(name.split(".")) if name else None
