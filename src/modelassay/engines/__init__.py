"""Where files are read: in this process, or in others beside it (`local`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

import msgspec

from modelassay.core.outcome import Outcome
from modelassay.engines.unit import Unit
from modelassay.kernel import Item, Scanner


class Work(msgspec.Struct, frozen=True):
    """How files are read.

    With more than one of `jobs`, or in a sandbox, other processes read them; 0 stands for one a
    core. `sandbox` has these give up what they do not need: `None` as far as the kernel allows it.
    `cache` is a folder in which outcomes are remembered. `tell` is called with what protects.
    """

    jobs: int = 1
    sandbox: bool | None = None
    cache: str | None = None
    tell: Callable[[tuple[str, ...]], None] | None = None


def outcomes(scanner: Scanner, items: Iterable[Item], work: Work) -> Iterator[tuple[Item, Outcome]]:
    """Yield every item with what was read of it, in their order."""
    units = (Unit(index, item) for index, item in enumerate(items))
    if work.cache is None:
        for unit, outcome in _read(scanner, units, work):
            yield unit.item, outcome
        return
    from modelassay.engines.cache import Cache

    cache = Cache(work.cache, scanner.options)
    for unit, outcome in _read(scanner, cache.look(units), work):
        cache.put(unit, outcome)
        yield unit.item, outcome


def _read(scanner: Scanner, units: Iterator[Unit], work: Work) -> Iterator[tuple[Unit, Outcome]]:
    forks = hasattr(os, "fork")
    if work.sandbox and not forks:
        from modelassay.engines.sandbox import SandboxError

        raise SandboxError("no process can be forked here")
    jobs = (work.jobs or _cores()) if forks else 1
    if jobs == 1 and not work.sandbox:
        return ((unit, unit.outcome or scanner.read(unit.item)) for unit in units)
    from modelassay.engines.local import Local

    return Local(scanner, jobs, work.sandbox, work.tell).run(units)


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
