"""An array that is read from another folder.

What
----
joblib before 0.10 kept arrays in files beside the pickle, which names them. The name here leads
out of the folder of the pickle, or to no plain file in it.

Why
---
Loading reads the file that is named, with whatever it holds, from wherever it lies.

Remediation
-----------
Load the file where nothing else can be read, or ask for one written by a joblib of this decade.

References
----------
- https://joblib.readthedocs.io/en/stable/persistence.html
- https://cwe.mitre.org/data/definitions/22.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import plain

RULE = Rule(
    id="external-array",
    title="An array that is read from another folder",
    severity=Severity.MEDIUM,
    remediation="Do not load the file; ask for one that holds its arrays itself.",
    fires=(
        'reference array-file "../../etc/passwd" @op 9',
        'reference array-file "/srv/secret.npy" @op 9',
        'reference array-file "C:secret.npy" @op 9',
    ),
    silent=('reference array-file "model.pkl_01.npy" @op 9', 'reference url "/srv/x" @op 9'),
    cwe=22,
    atlas="AML.T0011.000",
)

_NO_NAME: Final = re.compile(r"[/\\:\0]|\A[. ]*\Z")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such name."""
    for fact in subject.of(Reference):
        if fact.role == "array-file" and _NO_NAME.search(plain(fact.target)):
            yield Match(f"loading reads an array from {fact.target!r}", (fact,))
