"""A Keras configuration that turns the safe mode off.

What
----
The configuration names `enable_unsafe_deserialization`, or another way to the setting behind it.

Why
---
Keras loads the objects of a configuration in order. A first one that turns the safe mode off lets a
later Lambda layer, or another model, bring code that would have been refused.

Remediation
-----------
Do not load the model: no honest one has a use for it.

References
----------
- https://github.com/advisories/GHSA-36fq-jgmw-4r9c
- https://nvd.nist.gov/vuln/detail/CVE-2025-9906
- https://cwe.mitre.org/data/definitions/693.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.keras_names import matches

RULE = Rule(
    id="keras-unsafe-switch",
    title="A Keras configuration that turns the safe mode off",
    severity=Severity.CRITICAL,
    remediation=("Do not load the model: no honest one names this setting."),
    fires=(
        'layer function module "keras.config" "enable_unsafe_deserialization"',
        'layer X {"fn": "keras.config.enable_unsafe_deserialization"}',
    ),
    silent=(
        'layer function module "keras.activations" "relu"',
        'metadata "note" = "enable_unsafe_deserialization"',
    ),
    cwe=693,
    atlas="AML.T0011.000",
    cve=("CVE-2025-9906",),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each name."""
    yield from matches(subject, "switch", "loading reaches")
