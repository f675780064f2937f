"""A manifest whose digest is none, or that fetches a layer from elsewhere.

What
----
A manifest names a blob by something that is no digest, perhaps a path; or it gives a URL to fetch a
layer from.

Why
---
Clients make the name of a file out of the digest. Releases of Ollama before 0.1.34, and later ones
for some kinds of layer, did so without a look at it: a server could have files read and written
anywhere.

Remediation
-----------
Do not pull or run the model.

References
----------
- https://nvd.nist.gov/vuln/detail/CVE-2024-37032
- https://nvd.nist.gov/vuln/detail/CVE-2026-7020
- https://cwe.mitre.org/data/definitions/22.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="manifest-digest",
    title="A manifest whose digest is none, or that fetches a layer from elsewhere",
    severity=Severity.HIGH,
    remediation="Do not pull or run the model.",
    fires=(
        'reference digest "sha256:../../../../etc/hostname" @layers.digest',
        'reference digest "sha256:00" @layers.digest',
        'reference layer-url "https://models.example/x" @layers.urls',
    ),
    silent=(
        'reference digest "sha256:'
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"',
    ),
    cwe=22,
    atlas="AML.T0010.003",
    cve=("CVE-2024-37032", "CVE-2026-7020"),
)

_DIGEST: Final = re.compile(r"sha256[:-][0-9a-fA-F]{64}|sha512:[0-9a-f]{128}")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each; worse for what leads to another folder."""
    for fact in subject.of(Reference):
        if fact.role == "layer-url":
            yield Match(f"a layer is fetched from {fact.target[:200]!r}", (fact,), Severity.MEDIUM)
        elif fact.role == "digest" and not _DIGEST.fullmatch(fact.target):
            leads = any(mark in fact.target for mark in ("/", "\\", "..", "\0"))
            severity = Severity.HIGH if leads else Severity.MEDIUM
            yield Match(f"a blob is named {fact.target[:200]!r}", (fact,), severity)
