"""A call of an unknown package whose name says what it does.

What
----
Loading the file calls a function of a package that the catalogue does not cover, and the
function's name says that it runs commands or code, loads other objects, or reaches files or the
network: `run_command`, `loads`, `urlopen`, `import_string`.

Why
---
Objects of one's own are rebuilt by their class or by a factory. No honest pickle calls a function
of such a name, while published attacks choose a package that scanners have not heard of.

Remediation
-----------
Do not load the file before somebody has read the named function. If it is honest, vouch for it.

References
----------
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="suggestive-callable",
    title="A call of an unknown package whose name says what it does",
    severity=Severity.HIGH,
    remediation="Do not load the file before somebody has read the named function.",
    fires=('call acme_tools.shell.run_command("id") @op 4',),
    silent=("new mylib.nets.Model()", "call acme_ml.builders.build_model()"),
    confidence="medium",
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such call."""
    yield from matches(subject, RULE.id)
