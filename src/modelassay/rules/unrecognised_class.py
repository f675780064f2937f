"""A class that is not known to be harmless.

What
----
The file makes an object of a class of a package the catalogue covers, but either no version it
covers has the class, or what its making and its state do could not be proved to be harmless.

Why
---
The class may come from a newer release of the package, or be one of the few honest ones that
resist proof, which is why this is no alarm. It may also be a name nobody has looked at. It is
only made and given its state here; where such a name is called, `unlisted-callable` reports it.

Remediation
-----------
See whether the class is part of the package in the version the model was made with, and what its
`__setstate__` does. Update modelassay, or vouch for the class in your policy.

References
----------
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import judge

RULE = Rule(
    id="unrecognised-class",
    title="A class that is not known to be harmless",
    severity=Severity.MEDIUM,
    remediation=(
        "See what the class does when it is made, then update modelassay or vouch for the class "
        "with --allow."
    ),
    fires=("new sklearn.ensemble._forest.ForestOfTheFuture() @op 6",),
    silent=("new sklearn.ensemble._forest.RandomForestClassifier()", "new mylib.nets.Model()"),
    confidence="medium",
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for each package."""
    packages: dict[str, list[int]] = {}
    verdicts = [verdict for verdict in judge(subject) if verdict.rule == RULE.id]
    for index, verdict in enumerate(verdicts):
        packages.setdefault(verdict.entry.package, []).append(index)
    for package, members in packages.items():
        named = ", ".join(str(verdicts[index].use.name) for index in members[:5])
        more = f" and {len(members) - 5} more" if len(members) > 5 else ""
        facts = tuple(fact for index in members for fact in verdicts[index].use.evidence())
        said = f"{named}{more} of {package} is not known to be harmless"
        asked = (verdicts[index].entry.unasked for index in members)
        reason = next((f": it {effect.what}" for _, effect in filter(None, asked)), "")
        yield Match(said + reason, facts)
