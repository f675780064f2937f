"""A configuration that reads its surroundings when it is resolved.

What
----
The configuration holds an interpolation that takes a value from the environment or another source
(`${oc.env:HOME}`) or calls a resolver the loading program may have registered.

Why
---
What is read can end up in names, paths or URLs that the model then uses, and so leave the machine.

Remediation
-----------
Look at what the value is used for. Resolve the configuration where no secrets are in the
environment.

References
----------
- https://omegaconf.readthedocs.io/en/latest/custom_resolvers.html
- https://cwe.mitre.org/data/definitions/526.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

#: Resolvers of OmegaConf that stay inside the configuration.
_INSIDE: Final = frozenset({"oc.select", "oc.dict.keys", "oc.dict.values", "oc.create"})

RULE = Rule(
    id="config-resolver",
    title="A configuration that reads its surroundings when it is resolved",
    severity=Severity.MEDIUM,
    remediation="Look at what the value is used for, and resolve it where no secrets are at hand.",
    fires=('reference resolver "oc.env:AWS_SECRET_ACCESS_KEY" @model.url',),
    silent=('reference resolver "oc.select:model.dim" @model.dim',),
    fires_at="load",
    confidence="medium",
    cwe=526,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every resolver that looks outside."""
    for fact in subject.of(Reference):
        if fact.role == "resolver" and fact.target.partition(":")[0] not in _INSIDE:
            yield Match(f"the configuration resolves ${{{fact.target}}}", (fact,))
