"""A configuration that has compiled code fetched by name.

What
----
The configuration of a model says that a part of it, such as attention, is implemented in a
repository: its value is no name of an implementation but `owner/name`.

Why
---
Where the package `kernels` is installed, the repository is fetched and what is in it is imported
when the model is loaded. Releases of transformers from 4.56 to 5.2 did so for
`_attn_implementation_internal` of any configuration, without `trust_remote_code`.

Remediation
-----------
Take the key out of the configuration, or load the model with an implementation that you name.

References
----------
- https://nvd.nist.gov/vuln/detail/CVE-2026-4372
- https://github.com/advisories/GHSA-29pf-2h5f-8g72
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="remote-kernel",
    title="A configuration that has compiled code fetched by name",
    severity=Severity.HIGH,
    remediation="Take the key out of the configuration, or name an implementation yourself.",
    fires=(
        'reference kernel "someone/kernel" @_attn_implementation_internal',
        'reference kernel "someone/kernel@v1:attention" @text_config.attn_implementation',
    ),
    silent=('reference kernel "flash_attention_2" @_attn_implementation',),
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each that is a repository; worse for keys no exporter writes."""
    for fact in subject.of(Reference):
        if fact.role != "kernel" or "/" not in fact.target:
            continue
        internal = "._" in f".{fact.at.path}"
        message = f"loading the model may fetch and run {fact.target[:200]!r}"
        severity = Severity.HIGH if internal else Severity.MEDIUM
        yield Match(message, (fact,), severity, cve=("CVE-2026-4372",) if internal else ())
