"""A global that only the loading process can name.

What
----
The file refers to a global by an extension code (EXT1, EXT2, EXT4), a number that stands for
whatever the loading process has registered under it.

Why
---
Extension codes are a private agreement between two programs; no framework uses them. The file
itself does not say what is called, so that nobody who reads it can.

Remediation
-----------
Do not load the file unless you know what your process registers under the code.

References
----------
- https://peps.python.org/pep-0307/#the-extension-registry
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Lookup
from modelassay.core.findings import Severity
from modelassay.core.values import Extension
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="extension-code",
    title="A global that only the loading process can name",
    severity=Severity.HIGH,
    remediation="Do not load the file unless you know what your process registers under the code.",
    fires=("lookup ext(7) @op 2",),
    silent=('lookup persid("7")',),
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every extension code."""
    for lookup in subject.of(Lookup):
        if isinstance(lookup.value, Extension):
            message = f"loading looks up extension code {lookup.value.code}"
            yield Match(message, (lookup,))
