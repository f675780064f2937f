"""A persistent id that is not one of PyTorch's storages.

What
----
A pickle leaves an object to the program that loads it, under a persistent id. PyTorch uses them
for the storages of tensors, in the form ("storage", class, key, location, number of elements),
and once did for the source of modules. This id has another form.

Why
---
What such an id stands for is decided by the loading program alone; `torch.package` even calls a
function that the id names. Plain `pickle.load` refuses it.

Remediation
-----------
Find out which program the file is meant for, and what it does with this id.

References
----------
- https://docs.python.org/3/library/pickle.html#persistence-of-external-objects
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Lookup
from modelassay.core.findings import Severity
from modelassay.core.notation import show
from modelassay.core.values import Const, Name, Persistent, Sequence, Value
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="persistent-id",
    title="A persistent id that is not one of PyTorch's storages",
    severity=Severity.MEDIUM,
    remediation="Find out which program the file is meant for, and what it does with this id.",
    fires=(
        'lookup persid("1") @op 3',
        'lookup persid(("reduce_package", 5, posix.system, ())) @op 9',
        'lookup persid(("storage", posix.system, "0", "cpu", 4)) @op 9',
        'lookup persid(("storage", torch.FloatStorage, "0", "cpu", ?computed)) @op 9',
    ),
    silent=(
        'lookup persid(("storage", torch.FloatStorage, "0", "cpu", 4)) @op 9',
        'lookup persid(("storage", torch.cuda.HalfStorage, "0", "cuda:0", 4, None)) @op 9',
        'lookup persid(("storage", torch.FloatStorage, 0, "cpu", 4)) @op 9',
        'lookup persid(("module", torch.nn.modules.linear.Linear, "linear.py", "class")) @op 9',
        "lookup ext(5) @op 3",
    ),
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every persistent id of another form."""
    for fact in subject.of(Lookup):
        if not isinstance(fact.value, Persistent):
            continue
        asked = fact.value.id
        if _is_torch(asked) or (subject.format == "pytorch-tar" and _is_old_torch(asked)):
            continue
        yield Match(f"loading asks its program for {show(asked)[:200]}", (fact,))


def _is_torch(asked: Value) -> bool:
    match asked:
        case Sequence(type="tuple", items=(Const(value="storage"), Name() as cls, *rest), more=0):
            return _is_storage(cls) and _are_storage_fields(tuple(rest))
        case Sequence(type="tuple", items=(Const(value="module"), Name(), *rest), more=0):
            return len(rest) == 2 and all(_is_text(item) for item in rest)
    return False


def _is_storage(cls: Name) -> bool:
    return cls.module.partition(".")[0] == "torch" and cls.qualname.endswith("Storage")


def _are_storage_fields(rest: tuple[Value, ...]) -> bool:
    """Whether these are key, location, number of elements and, in old files, a view."""
    match rest:
        case (Const(value=str() | int()), Const(value=str()), Const(value=int())):
            return True
        case (Const(value=str()), Const(value=str()), Const(value=int()), view):
            return _is_view(view)
    return False


def _is_view(view: Value) -> bool:
    match view:
        case Const(value=None):
            return True
        case Sequence(items=(Const(value=str()), Const(value=int()), Const(value=int()))):
            return True
    return False


def _is_old_torch(asked: Value) -> bool:
    """Whether this is an id of the tar files of before 0.1.10: a number, or a module's source."""
    match asked:
        case Const(value=str() as text):
            return text.isdigit()
        case Const(value=int()):
            return True
        case Sequence(type="tuple", items=(Name(), *rest), more=0):
            return len(rest) == 2 and all(_is_text(item) for item in rest)
    return False


def _is_text(value: Value) -> bool:
    return isinstance(value, Const) and (value.value is None or isinstance(value.value, str))
