"""A function of R in a file that reaches out of the session.

What
----
A serialized value of R holds a function, or a variable whose value a function gives, and its code
names functions that run commands, load code, or use files or the network.

Why
---
The function runs when the model is used, an active binding as soon as its variable is looked at.
Models of R often carry functions; few have a reason to call these.

Remediation
-----------
Read the listing of the code before the model is used.

References
----------
- https://cran.r-project.org/doc/manuals/r-release/R-ints.html#Serialization-Formats
- https://cwe.mitre.org/data/definitions/506.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.r_functions import reaching

RULE = Rule(
    id="r-code",
    title="A function of R in a file that reaches out of the session",
    severity=Severity.HIGH,
    remediation="Read the listing of the code before the model is used.",
    fires=('code r "closure" system()', 'code r "active binding" download.file()'),
    silent=('code r "closure" predict() sum()', 'code r "promise" system()'),
    fires_at="inference",
    cwe=506,
    atlas="AML.T0011.000",
)

_ORDINARY: Final = ("runs text", "reads or writes", "changes")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every function whose code reaches out."""
    for code in subject.of(Code):
        if code.language != "r" or code.name not in ("closure", "active binding"):
            continue
        found = list(reaching(code))
        if found:
            does = "; ".join(f"{name} {effect}" for name, effect in found[:5])
            severity = Severity.HIGH if code.name == "active binding" else _of_a_function(found)
            yield Match(f"the file carries a {code.name}: {does}", (code,), severity)


def _of_a_function(found: list[tuple[str, str]]) -> Severity:
    """Return how bad it is; models often write files, and make code of text to fit formulas."""
    ordinary = all(effect.startswith(_ORDINARY) for _, effect in found)
    return Severity.LOW if ordinary else Severity.MEDIUM
