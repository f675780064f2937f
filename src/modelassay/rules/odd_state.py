"""State that sets special attributes.

What
----
The state the file gives an object sets special attributes such as `__class__` or `__reduce__` to a
class, a callable or an object, or sets attributes whose names are made at load time.

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
from typing import Final

from modelassay.core.facts import StateUpdate
from modelassay.core.findings import Severity
from modelassay.core.notation import show
from modelassay.core.values import Const, Made, Mapping, Name, Sequence, Value, children
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="odd-state",
    title="State that sets special attributes",
    severity=Severity.HIGH,
    remediation="Do not load the file unless you know the class and why it pickles this.",
    fires=(
        'state new mylib.nets.Model() <- {"__class__": mylib.nets.Other} @op 9',
        'state new mylib.nets.Model() <- (None, {"__reduce__": mylib.nets.run}) @op 9',
    ),
    silent=(
        'state new mylib.nets.Model() <- {"weights": 1, "_sklearn_version": "1.0"}',
        'state new mylib.nets.Model() <- {"__doc__": "a model", "__overloads__": {}}',
        'state new mylib.nets.Model() <- {"__FILE_DATA__": mylib.nets.data}',
        "state new mylib.sums.Sum() <- {new mylib.sums.Variable(): 1.0}",
        'state collections.OrderedDict() <- {"__orig_class__": typing.OrderedDict}',
        'state new mylib.nets.Node() <- {"__renamed_keys__": builtins.set(["a"])}',
        'state new mylib.nets.Loss() <- {"__annotations__": {"size": builtins.int}}',
    ),
    cwe=915,
    atlas="AML.T0011.000",
)


#: What old protocols spell containers of data with.
_CONTAINERS: Final = frozenset(
    {Name("builtins", "set"), Name("builtins", "frozenset"), Name("builtins", "bytearray")}
    | {Name("_codecs", "encode"), Name("collections", "OrderedDict")}
)
#: Where `typing` keeps the alias that an object was made by, and what only `inspect` reads.
_INERT: Final = frozenset({"__orig_class__", "__annotations__", "__signature__", "__wrapped__"})


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every state with such keys."""
    for update in subject.of(StateUpdate):
        if update.via != "state":
            continue
        keys = [show(key) for key, value in _pairs(update.state) if _odd(key, value)]
        if keys:
            message = f"loading sets {', '.join(keys[:5])} of {show(update.target)}"
            yield Match(message, (update,))


def _pairs(state: Value) -> Iterator[tuple[Value, Value]]:
    parts = state.items if isinstance(state, Sequence) and state.type == "tuple" else (state,)
    for part in parts[:2]:
        if isinstance(part, Mapping):
            yield from part.items


def _odd(key: Value, value: Value) -> bool:
    """Whether a special attribute gets more than data: a class, a callable, an object."""
    if not isinstance(key, Const):
        # What is made without arguments is no word: a state of one's own may be keyed by objects.
        return not isinstance(key, Name) and not (
            isinstance(key, Made) and key.new and not key.args
        )
    word = key.value
    if not isinstance(word, str) or not (word.startswith("__") and word.endswith("__")):
        return False
    if word in _INERT or word.isupper():  # Python reserves none of the names in capitals
        return False
    return not _is_plain(value)


def _is_plain(value: Value) -> bool:
    """Whether a value is data; old protocols spell sets and bytes as calls of their types."""
    pending = [value]
    while pending:
        match pending.pop():
            case Const():
                pass
            case Sequence() | Mapping() as held:
                pending.extend(children(held))
            case Made(callable=made, args=args) if made in _CONTAINERS:
                pending.extend(args)
            case _:
                return False
    return True
