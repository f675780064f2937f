"""A name that no honest file refers to.

What
----
The file names something inside a package the catalogue covers, but not in a form the catalogue
allows: a function that honest models never call, or a class made in a way they never make it.

Why
---
The ways to reach code, files and the network through a large package are too many to list, and
new ones are found every week. What honest models of a package need can be listed, and is.
Whatever else a file names is there for another reason.

Remediation
-----------
Do not load the file before somebody has read what the named callable does with these arguments.
If an honest model needs it, report it, with the version of the package: it belongs in the
catalogue.

References
----------
- https://docs.python.org/3/library/pickle.html#restricting-globals
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import judge

RULE = Rule(
    id="unlisted-callable",
    title="A name that no honest file refers to",
    severity=Severity.HIGH,
    remediation=(
        "Do not load the file before somebody has read what the named callable does with these "
        "arguments. Ask for the weights alone, in a format that cannot carry code."
    ),
    fires=("call colorsys.rgb_to_hsv(1, 1, 1) @op 6",),
    silent=("call collections.OrderedDict()", "new mylib.nets.Model()"),
    confidence="medium",
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name of a covered package that is not allowed as it is used."""
    for verdict in judge(subject):
        if verdict.rule == RULE.id:
            use = verdict.use
            message = (
                f"loading {use.verb()} {use.call()}, which models made with "
                f"{verdict.entry.package} have no need of"
            )
            yield Match(message, use.evidence())
