"""A safetensors file whose header does not describe its bytes.

What
----
The header claims more than there is, names a tensor twice, lets tensors overlap or leave holes,
gives one more or fewer bytes than its shape needs, or holds what the format does not know.

Why
---
The reference reader refuses such a file. Others check less: they read past the end, take the other
of two entries, or leave bytes unlooked at in which a second file can lie.

Remediation
-----------
Fetch the file again and compare its hash. Written by an ordinary tool, none is like this.

References
----------
- https://github.com/huggingface/safetensors#format
- https://cwe.mitre.org/data/definitions/1284.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

_SEVERITIES: Final = {
    "safetensors-overflow": Severity.HIGH,
    "safetensors-overlap": Severity.HIGH,
    "safetensors-duplicate": Severity.HIGH,
    "safetensors-hole": Severity.MEDIUM,
    "safetensors-offsets": Severity.MEDIUM,
    "safetensors-size": Severity.MEDIUM,
    "safetensors-shape": Severity.MEDIUM,
    "safetensors-entry": Severity.MEDIUM,
    "safetensors-json": Severity.MEDIUM,
    "safetensors-header-size": Severity.MEDIUM,
    "safetensors-truncated": Severity.MEDIUM,
    "safetensors-dtype": Severity.LOW,
    "safetensors-field": Severity.LOW,
    "safetensors-metadata": Severity.LOW,
}

RULE = Rule(
    id="safetensors-header",
    title="A safetensors file whose header does not describe its bytes",
    severity=Severity.HIGH,
    remediation="Fetch the file again and compare its hash.",
    fires=(
        'anomaly safetensors-overlap "two tensors cover the bytes 0 to 16 of the data" @62',
        "anomaly safetensors-size \"'w' needs 16 bytes and has 8\" @8",
        "anomaly safetensors-metadata \"the metadata 'a' is no string\" @8",
    ),
    silent=('anomaly trailing-bytes "47 bytes stand behind the last tensor" 47 @86',),
    cwe=1284,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every kind of such anomalies."""
    for kind, severity in _SEVERITIES.items():
        facts = tuple(subject.anomalies(kind))
        if facts:
            more = sum(fact.count for fact in facts) - 1
            message = facts[0].message + (f", and {more} more" if more else "")
            yield Match(message, facts, severity)
