"""A Keras configuration that names files or addresses.

What
----
A vocabulary, a weight table or another setting is a path or a URL instead of values, or the name of
a layer leads out of a folder like a path.

Why
---
Keras opens such a vocabulary when the model is loaded: files of the machine become part of the
model, and URLs are fetched from inside its network. Names of layers become names of folders while
weights and assets are stored or loaded; with `..` in them, files are written elsewhere.

Remediation
-----------
Ask for a model that holds its vocabulary, and whose layers have plain names.

References
----------
- https://nvd.nist.gov/vuln/detail/CVE-2025-12058
- https://nvd.nist.gov/vuln/detail/CVE-2026-12479
- https://cwe.mitre.org/data/definitions/22.html
- https://cwe.mitre.org/data/definitions/918.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, Destination, destination
from modelassay.rules.references import NAMED

RULE = Rule(
    id="keras-path",
    title="A Keras configuration that names files or addresses",
    severity=Severity.HIGH,
    remediation=(
        "Ask for a model that holds its vocabulary itself, and whose layers have plain names."
    ),
    fires=(
        'reference keras-vocabulary "http://169.254.169.254/latest"',
        'reference keras-vocabulary "/etc/passwd"',
        'reference keras-name "../../x"',
        'reference keras-url "https://example.org/x"',
        'reference keras-vocabulary "vocab.txt"',
    ),
    silent=(
        'reference keras-name "a..b"',
        'reference keras-file "assets/x"',
        'reference array-file "/etc/passwd"',
    ),
    cwe=22,
    atlas="AML.T0011.000",
    cve=("CVE-2025-12058", "CVE-2026-12479"),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each that leads anywhere."""
    for fact in subject.of(Reference):
        where = destination(fact.target)
        severity = _severity(fact.role, where)
        if severity is not None:
            what = NAMED[fact.role].what
            yield Match(f"{what} is {fact.target[:200]!r}, {CLAUSES[where]}", (fact,), severity)


def _severity(role: str, where: Destination) -> Severity | None:
    if role not in NAMED or NAMED[role].rule != RULE.id:
        return None
    if where == "inside":
        return Severity.LOW if role == "keras-vocabulary" else None
    return Severity.HIGH if role in ("keras-vocabulary", "keras-name") else Severity.MEDIUM
