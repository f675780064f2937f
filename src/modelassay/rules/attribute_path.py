"""A name that walks through modules or dunders.

What
----
The file imports a dotted name that goes through a module another module happens to import
(`torch.os.system`), or through a special attribute (`f.__globals__.get`, `numpy.__builtins__`).

Why
---
From protocol 4 on a pickle may name attributes of attributes. Every module holds references to
others, so that a trusted first word reaches everything. Honest files name nested classes at most.

Remediation
-----------
Do not load the file. There is no honest reason for such a name.

References
----------
- https://peps.python.org/pep-3154/#serializing-more-lookupable-objects
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="attribute-path",
    title="A name that walks through modules or dunders",
    severity=Severity.CRITICAL,
    remediation="Do not load the file. There is no honest reason for such a name.",
    fires=('call torch:os.system("id") @op 4', "import sklearn.base:warnings.sys.modules.get"),
    silent=("new mylib.nets:Outer.Inner()", "new collections.OrderedDict()"),
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with such a path."""
    yield from matches(subject, RULE.id)
