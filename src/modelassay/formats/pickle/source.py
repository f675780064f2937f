"""Python source in a pickle, which a callable of `torch.fx` compiles and runs.

Source: `reduce_graph_module` of `torch/fx/graph_module.py` and `torch/fx/_lazy_graph_module.py` of
PyTorch 1.8 to 2.13: it takes the `__dict__` of a module and the imports its code needs, and runs
the imports and the text under `_code`, or under `code` in older ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from modelassay.core.facts import Code, CodeReference
from modelassay.formats.pickle.store import DICT

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

SOURCES: Final = frozenset(
    (module, "reduce_graph_module")
    for module in ("torch.fx.graph_module", "torch.fx._lazy_graph_module")
)
_KEYS: Final = ("_code", "code")
_LONGEST: Final = 16 << 20
_MOST_ITEMS: Final = 100_000
_UNREAD: Final = (CodeReference("exec", called=True),)


def tell_source(machine: Machine, arguments: list[int]) -> None:
    """Tell of the code that a call would run; of some that cannot be read, that it is run."""
    # Formats without code do without what reads it.
    from modelassay.formats.pysource import source_fact

    recorder = machine.recorder
    imports = recorder.text(arguments[1], _LONGEST) if len(arguments) == 2 else None
    sources = list(_sources(machine, arguments[0])) if imports is not None else []
    for source in sources:
        fact = source_fact(f"{imports}\n{source}", "GraphModule.forward", recorder.here)
        fact.entry = "forward"
        recorder.tell(fact)
    if not sources or None in sources:
        name = "GraphModule.forward"
        recorder.tell(Code(name=name, language="python", references=_UNREAD, complete=False))


def _sources(machine: Machine, body: int) -> Iterator[str | None]:
    """Yield each text that may be the code, `None` for one that cannot be told."""
    store = machine.store
    if store.kind(body) != DICT or store.size(body, _MOST_ITEMS) > _MOST_ITEMS:
        return
    items = store.items(body)
    for key, value in zip(items, items, strict=False):
        if machine.recorder.text(key) in _KEYS:
            yield machine.recorder.text(value, _LONGEST)
