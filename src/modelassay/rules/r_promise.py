"""A promise of R that has no value yet.

What
----
A serialized value of R holds a promise: code that runs when the value is first looked at. R itself
writes one only where a function's environment was saved together with an argument that nobody had
used; anywhere else it was put there by hand.

Why
---
Whoever reads the file and looks at what it holds runs the code. Releases of R from 1.4 to 4.3 take
such promises anywhere; 4.4 refuses those that no environment belongs to.

Remediation
-----------
Do not read the file with R. Read the listing of the code to know what it would have done.

References
----------
- https://blog.r-project.org/2024/05/10/statement-on-cve-2024-27322/
- https://nvd.nist.gov/vuln/detail/CVE-2024-27322
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Code
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.r_functions import reaching

RULE = Rule(
    id="r-promise",
    title="A promise of R that has no value yet",
    severity=Severity.CRITICAL,
    remediation="Do not read the file with R.",
    fires=(
        'code r "promise" system()',
        'code r "promise" sum()',
        'code r "promise of an environment" download.file()',
    ),
    silent=('code r "promise of an environment" sum()', 'code r "closure" system()'),
    cwe=502,
    atlas="AML.T0011.000",
    cve=("CVE-2024-27322",),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every promise; in an environment only for code that reaches out."""
    for code in subject.of(Code):
        if code.language != "r" or not code.name.startswith("promise"):
            continue
        found = list(reaching(code))
        does = "".join(f"; {name} {effect}" for name, effect in found[:5])
        if code.name == "promise":
            message = f"code runs when the value is looked at{does}"
            yield Match(message, (code,), Severity.CRITICAL if found else Severity.HIGH)
        elif found:
            message = f"code runs when a variable of an environment is looked at{does}"
            yield Match(message, (code,), Severity.MEDIUM)
