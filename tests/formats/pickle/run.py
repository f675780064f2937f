"""Running the machine in tests, and what it told."""

from __future__ import annotations

from modelassay.core.facts import Call, Fact, Import, Lookup, StateUpdate
from modelassay.core.values import Extension, Made, Name, Persistent
from modelassay.formats.base import Event
from modelassay.formats.pickle import read_stream
from modelassay.formats.pickle.machine import Machine
from modelassay.io.blob import Memory
from modelassay.io.budget import Budget


def run(data: bytes) -> Machine:
    """Run a stream from its start."""
    machine = Machine(Memory(data), 0, Budget())
    machine.run()
    return machine


def read(data: bytes) -> Machine:
    """Read a stream from its start in all ways that loaders may; the facts are the machine's."""
    events = read_stream(Memory(data), 0, Budget())
    found: list[Event] = []
    while True:
        try:
            found.append(next(events))
        except StopIteration as end:
            machine: Machine = end.value
            machine.recorder.events[:] = found
            return machine


def facts(machine: Machine) -> list[Fact]:
    return [event for event in machine.recorder.events if isinstance(event, Fact)]


def imports(machine: Machine) -> set[tuple[str, str]]:
    return {(f.name.module, f.name.qualname) for f in facts(machine) if isinstance(f, Import)}


def uses(machine: Machine) -> set[tuple[str, str, str]]:
    """Return (module, name, how) of all that is called or changed."""
    found: set[tuple[str, str, str]] = set()
    for fact in facts(machine):
        if isinstance(fact, Call) and isinstance(fact.callable, Name):
            found.add((fact.callable.module, fact.callable.qualname, "call"))
        elif isinstance(fact, StateUpdate):
            target = fact.target.callable if isinstance(fact.target, Made) else fact.target
            if isinstance(target, Name):
                found.add((target.module, target.qualname, fact.via))
    return found


def lookups(machine: Machine, kind: type[Extension] | type[Persistent]) -> int:
    """Return how often an extension or a persistent id is asked for."""
    found = (f for f in facts(machine) if isinstance(f, Lookup) and isinstance(f.value, kind))
    return sum(fact.count for fact in found)
