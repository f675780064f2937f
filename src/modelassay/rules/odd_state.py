"""State that sets special attributes.

What
----
The state the file gives an object sets special attributes such as `__class__`, `__globals__` or
`__reduce__`, or attributes whose names are made at load time.

Why
---
The default way to set state writes it straight into the object's dictionary, or by `setattr` for
the second half of a pair. A special attribute there changes what the object is, and what its
later use calls.

Remediation
-----------
Do not load the file unless you know the class and why it pickles this.

References
----------
- https://docs.python.org/3/library/pickle.html#object.__setstate__
- https://cwe.mitre.org/data/definitions/915.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import StateUpdate
from modelassay.core.findings import Severity
from modelassay.core.notation import show
from modelassay.core.values import Const, Mapping, Sequence, Value
from modelassay.rules.base import Match, Rule, Subject

#: Special attributes that only describe, and that honest states hold.
_PLAIN = frozenset({"__doc__", "__module__", "__name__", "__qualname__", "__version__", "__len__"})

RULE = Rule(
    id="odd-state",
    title="State that sets special attributes",
    severity=Severity.HIGH,
    remediation="Do not load the file unless you know the class and why it pickles this.",
    fires=(
        'state new mylib.nets.Model() <- {"__class__": 1} @op 9',
        'state new mylib.nets.Model() <- (None, {"__reduce__": 1}) @op 9',
    ),
    silent=(
        'state new mylib.nets.Model() <- {"weights": 1, "_sklearn_version": "1.0"}',
        'state new mylib.nets.Model() <- {"__doc__": "a model"}',
    ),
    cwe=915,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every state with such keys."""
    for update in subject.of(StateUpdate):
        if update.via != "state":
            continue
        keys = [show(key) for key in _keys(update.state) if _odd(key)]
        if keys:
            message = f"loading sets {', '.join(keys[:5])} of {show(update.target)}"
            yield Match(message, (update,))


def _keys(state: Value) -> Iterator[Value]:
    parts = state.items if isinstance(state, Sequence) and state.type == "tuple" else (state,)
    for part in parts[:2]:
        if isinstance(part, Mapping):
            yield from (key for key, _ in part.items)


def _odd(key: Value) -> bool:
    if isinstance(key, Const):
        name = key.value
        special = isinstance(name, str) and name.startswith("__") and name.endswith("__")
        return special and name not in _PLAIN
    return False
