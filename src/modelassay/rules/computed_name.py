"""A name that is made at load time.

What
----
The file imports a global whose module or name is no constant: it is joined, decoded or looked up
by calls that run while the file is loaded. Or it calls something that only such a call returns.

Why
---
Picklers write names as constants. Computing one serves to keep it from whoever reads the file.

Remediation
-----------
Do not load the file. The evidence shows the operands from which the name is made.

References
----------
- https://docs.python.org/3/library/pickletools.html
- https://cwe.mitre.org/data/definitions/470.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Call, Import
from modelassay.core.findings import Severity
from modelassay.core.notation import show
from modelassay.core.values import Const, Name
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.entries import instantiated, named, result

RULE = Rule(
    id="computed-name",
    title="A name that is made at load time",
    severity=Severity.CRITICAL,
    remediation="Do not load the file. There is no honest reason to compute a name.",
    fires=(
        'import posix.<computed> computed "posix" builtins:str.join("", ["sys", "tem"]) @op 9',
        'call builtins.getattr(mylib.a, "b")("id") @op 9',
    ),
    silent=(
        "import collections.OrderedDict",
        'call builtins.getattr(mylib.a, "b")',
    ),
    cwe=470,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every computed import and every call of what a call returned."""
    for fact in subject.of(Import):
        if fact.how == "computed":
            parts = " and ".join(show(operand) for operand in fact.operands)
            yield Match(f"loading imports a global whose name is made of {parts}", (fact,))
    for call in subject.of(Call):
        plain = not call.args and not call.kwargs and instantiated(call.callable) is not None
        made = call.via == "new" and result(call.callable) == "class"  # judged where it was made
        if not plain and not made and not isinstance(named(call.callable), Name | Const):
            message = f"loading calls what only loading can tell: {show(call.callable)}"
            yield Match(message, (call,), severity=Severity.HIGH)
