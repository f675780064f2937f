"""A script in the output of a notebook.

What
----
An output of a notebook holds HTML with a script, or JavaScript.

Why
---
Where the notebook is trusted, or its viewer does not take scripts out, the script runs in the
browser of whoever opens it, beside a server that runs code. Plots of honest libraries bring scripts
too.

Remediation
-----------
Open the notebook untrusted, or clear its outputs first.

References
----------
- https://jupyter-server.readthedocs.io/en/latest/operators/security.html
- https://cwe.mitre.org/data/definitions/79.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="notebook-script",
    title="A script in the output of a notebook",
    severity=Severity.LOW,
    remediation="Open the notebook untrusted, or clear its outputs first.",
    fires=('reference output-script "text/html: <script>alert(1)</script>"',),
    silent=('metadata "system" = "<script>alert(1)</script>"',),
    fires_at="inference",
    cwe=79,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for the outputs of a notebook that hold scripts."""
    found = [fact for fact in subject.of(Reference) if fact.role == "output-script"]
    if found:
        yield Match(f"{len(found)} outputs hold scripts", tuple(found[:20]))
