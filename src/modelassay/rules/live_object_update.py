"""State written into an object the loading program already has.

What
----
The file sets attributes or items of something it imported (a module's function, class, dictionary
or instance) rather than of an object of its own.

Why
---
What is changed is shared with the whole process: a registry of lazy imports, `sys.modules`, a
function's `__globals__`, a scanner's settings. The change turns later, innocent calls into the
attacker's, in this load or long after it.

Remediation
-----------
Do not load the file. No pickler writes this for data.

References
----------
- https://docs.python.org/3/library/pickle.html#object.__reduce__
- https://cwe.mitre.org/data/definitions/915.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import StateUpdate
from modelassay.core.findings import Severity
from modelassay.core.notation import show
from modelassay.core.values import Extension, Made, Name, Unknown
from modelassay.rules import catalogue
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="live-object-update",
    title="State written into an object the loading program already has",
    severity=Severity.CRITICAL,
    remediation="Do not load the file. No pickler writes this for data.",
    fires=(
        'item sys.modules <- {"numpy": 1} @op 6',
        'state scipy.stats._distn_infrastructure.norm <- {"a": 1} @op 6',
        'item builtins.vars(numpy.size) <- {"a": 1} @op 6',
    ),
    silent=(
        'state new mylib.nets.Model() <- {"a": 1}',
        'item collections.OrderedDict() <- {"a": 1}',
    ),
    cwe=915,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every update of something the file did not make itself."""
    for update in subject.of(StateUpdate):
        target = update.target
        if isinstance(target, Name | Extension | Unknown):
            yield Match(f"loading writes into {show(target)}", (update,))
        elif isinstance(target, Made) and update.via != "state" and _foreign(target):
            message = f"loading puts items into what {show(target.callable)} returns"
            yield Match(message, (update,), severity=Severity.HIGH)


def _foreign(target: Made) -> bool:
    """Whether a known function, not a class, returned `target`."""
    if target.new or not isinstance(target.callable, Name):
        return not target.new
    entry = catalogue.look_up(target.callable)
    return entry.covered and not set(entry.forms) & set("ns")
