"""A Keras layer that loads another model.

What
----
A TFSMLayer names the folder of a TensorFlow SavedModel, which is not part of the file.

Why
---
The SavedModel is loaded with the model, in safe mode too in releases before 3.13.2, and its graph
runs whenever the layer does. It can read and write files, and nobody who looked at this file has
seen it.

Remediation
-----------
Scan the SavedModel as well, or ask for a model that is whole.

References
----------
- https://github.com/advisories/GHSA-4f3f-g24h-fr8m
- https://nvd.nist.gov/vuln/detail/CVE-2026-1462
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination

RULE = Rule(
    id="keras-external-model",
    title="A Keras layer that loads another model",
    severity=Severity.CRITICAL,
    remediation=("Scan the SavedModel it names as well, or ask for a model that is whole."),
    fires=(
        'reference keras-saved-model "/tmp/x"',
        'reference keras-saved-model "exported/model"',
    ),
    silent=(
        'reference keras-vocabulary "/tmp/x"',
        "layer Dense",
    ),
    cwe=829,
    atlas="AML.T0011.000",
    cve=("CVE-2026-1462",),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each; worse where it leads out of the folder."""
    for fact in subject.of(Reference):
        if fact.role == "keras-saved-model":
            where = destination(fact.target)
            message = f"a layer loads the SavedModel {fact.target!r} {CLAUSES[where]}"
            severity = Severity.HIGH if where == "inside" else Severity.CRITICAL
            yield Match(message, (fact,), severity=severity)
