"""An exported program that calls more than operators.

What
----
In the graph of a `torch.export` archive a node names a function of Python that is no operator, or
an expression for a shape holds more than symbols and arithmetic.

Why
---
A loader follows the name of a node by attributes from the module `torch`, and through the modules
that it imports anything is in reach. Expressions are given to SymPy, which evaluates their text as
Python while the archive is loaded.

Remediation
-----------
Do not load the archive. One that PyTorch wrote has no such names and expressions.

References
----------
- https://docs.pytorch.org/docs/stable/export/pt2_archive.html
- https://docs.sympy.org/latest/modules/core.html#module-sympy.core.sympify
- https://cwe.mitre.org/data/definitions/95.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from modelassay.core.facts import Code, CodeReference
from modelassay.core.findings import Severity
from modelassay.core.values import Name
from modelassay.rules import catalogue
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="exported-program",
    title="An exported program that calls more than operators",
    severity=Severity.CRITICAL,
    remediation="Do not load the archive; one that PyTorch wrote has nothing of the kind.",
    fires=(
        'code torch-export "nodes" torch.serialization.os.system()',
        'code torch-export "nodes" torch.hub.load() torch.nn.functional.relu()',
        'code sympy "expression" os.system()',
        'code sympy "expression" eval()',
    ),
    silent=(
        'code torch-export "nodes" torch.ops.aten.add.Tensor() operator.mul() torch.sym_max()',
        'code sympy "expression" Max() Mod()',
    ),
    cwe=95,
    atlas="AML.T0011.000",
)

#: Operators, which another rule judges, and targets that the loader hands to an extension.
_ELSEWHERE: Final = ("torch.ops.", "#")
#: What honest graphs name besides them.
_KNOWN: Final = ("operator.", "math.", "torch.sym_", "torch._sym_", "torch._C._set_grad_enabled")
_KNOWN_PARTS: Final = ("torch.amp.autocast_mode._", "torch.autograd.grad_mode.set_grad_enabled")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each graph, and for each expression, that goes beyond."""
    for code in subject.of(Code):
        if code.language == "torch-export":
            yield from _check(code, _judge_target, "a node of the graph calls")
        elif code.language == "sympy":
            yield from _check(code, _judge_word, "an expression that loading evaluates names")


def _check(
    code: Code, judge: Callable[[CodeReference], Severity | None], what: str
) -> Iterator[Match]:
    by_severity: dict[Severity, list[CodeReference]] = {}
    for reference in code.references:
        severity = judge(reference)
        if severity is not None:
            by_severity.setdefault(severity, []).append(reference)
    for severity, references in by_severity.items():
        names = ", ".join(dict.fromkeys(one.name[:200] for one in references[:5]))
        fact = msgspec.structs.replace(code, references=tuple(references))
        yield Match(f"{what} {names}", (fact,), severity=severity)
    if code.language == "sympy" and not code.complete and not by_severity:
        yield Match(f"an expression cannot be read: {code.name!r}", (code,), Severity.MEDIUM)


def _judge_target(reference: CodeReference) -> Severity | None:
    """Return how bad it is that a node calls this."""
    name = reference.name
    if name.startswith(_ELSEWHERE) or "." not in name:
        return None
    parts = name.split(".")
    inner = [part for part in parts[1:] if part != "torch"]
    if any(catalogue.is_module(part) or "__" in part for part in inner):
        return Severity.CRITICAL
    places = range(len(parts) - 1, 0, -1)
    if any(_reaches(".".join(parts[:at]), ".".join(parts[at:])) for at in places):
        return Severity.CRITICAL
    return None if name.startswith((*_KNOWN, *_KNOWN_PARTS)) else Severity.MEDIUM


def _judge_word(reference: CodeReference) -> Severity | None:
    """Return how bad it is that an expression names this; functions of SymPy have no dots."""
    name = reference.name
    if "." in name or "__" in name:
        return Severity.CRITICAL
    return Severity.CRITICAL if reference.called and _reaches("builtins", name) else None


def _reaches(module: str, name: str) -> bool:
    """Whether a call does more than compute, for however long."""
    effect = catalogue.look_up(Name(module, name)).effect
    return effect is not None and effect.kind != "process"
