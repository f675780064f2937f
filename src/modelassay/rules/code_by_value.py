"""Code that is carried by the file itself.

What
----
The file holds the bytecode of functions or classes, as dill and cloudpickle write them, or
marshalled. It was read without being run: the evidence lists what it refers to and its
instructions.

Why
---
Such code is no data: what it does is decided by whoever made the file, and it runs as soon as the
function is called, often on loading. Where it reaches a callable that starts processes, opens
files or sockets, or runs more code, the finding is as severe as that.

Remediation
-----------
Read the listing and decide whether you would run it. Ask the author for a model whose code comes
as a package, not inside the file.

References
----------
- https://github.com/cloudpipe/cloudpickle#security
- https://cwe.mitre.org/data/definitions/506.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code, CodeReference
from modelassay.core.findings import Severity
from modelassay.core.values import Name
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.catalogue import look_up

#: What the source of a graph calls to define its function.
_DEFINING = frozenset({"torch.fx.wrap", "wrap", "torch.device", "device"})

RULE = Rule(
    id="code-by-value",
    title="Code that is carried by the file itself",
    severity=Severity.CRITICAL,
    remediation="Read the listing and decide whether you would run it; ask for code as a package.",
    fires=(
        'code python "f" print()',
        'code python "f" os.system()',
        'code python "f" object.__subclasses__()',
    ),
    silent=('code jinja "chat_template" messages', "new collections.OrderedDict()"),
    fires_at="inference",
    cwe=506,
    atlas="AML.T0011.000",
)

_SEVERITIES: Final = {
    "command": Severity.CRITICAL,
    "code": Severity.CRITICAL,
    "native": Severity.HIGH,
    "network": Severity.HIGH,
    "load": Severity.HIGH,
    "file": Severity.HIGH,
    "tamper": Severity.HIGH,
}
_REACHING: Final = ("__subclasses__", "__globals__", "__builtins__", "__code__", "__bases__")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every code object, with the worst that it refers to."""
    for fact in subject.of(Code):
        if fact.language != "python":
            continue
        judged = [(severity, one) for one in fact.references if (severity := _judge(one, fact))]
        message = f"the file carries the code of {fact.name!r}"
        if not fact.complete:
            message += ", parts of which cannot be read"
        if not judged:
            yield Match(message, (fact,), severity=Severity.MEDIUM)
            continue
        worst = max((severity for severity, _ in judged), key=lambda severity: severity.rank)
        shown = dict.fromkeys(_show(one) for severity, one in judged if severity is worst)
        message += f", which refers to {', '.join(list(shown)[:5])}"
        yield Match(message, (fact,), severity=worst)


def _judge(reference: CodeReference, fact: Code) -> Severity | None:
    """Return how bad it is that code refers to a name, `None` if nothing is known against it."""
    if reference.name == "type" and len(reference.args) == 1:
        return None  # only asks for a type
    if fact.entry is not None and reference.name in _DEFINING:
        return None
    known = _known(reference)
    if known is None and _runs_at_load(reference, fact):
        return Severity.HIGH
    return known


def _runs_at_load(reference: CodeReference, fact: Code) -> bool:
    """Whether source calls this while it only has to define its entry."""
    outside = fact.entry is not None and reference.path.partition(".")[0] != fact.entry
    return outside and reference.called


def _known(reference: CodeReference) -> Severity | None:
    path = reference.name.partition("(")[0]
    if any(word in reference.name for word in _REACHING):
        return Severity.HIGH
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        severity = _effect(".".join(parts[:length]), ".".join(parts[length:]))
        if severity is not None:
            return severity
    return _effect("builtins", path) if len(parts) == 1 and reference.called else None


def _effect(module: str, qualname: str) -> Severity | None:
    effect = look_up(Name(module, qualname)).effect
    return None if effect is None else _SEVERITIES.get(effect.kind)


def _show(reference: CodeReference) -> str:
    arguments = f"({', '.join(reference.args)})" if reference.called else ""
    return f"{reference.name}{arguments}"[:200]
