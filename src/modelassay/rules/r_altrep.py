"""A vector of R that a package rebuilds.

What
----
A vector is not stored by its elements but as the state of an alternative representation, which a
function of the named package turns into a vector again.

Why
---
Reading the file loads the package and runs that function. One of R itself maps any file of the
machine into memory.

Remediation
-----------
Find out what the package is. A file written with `saveRDS(x, ascii = NA)` of a plain copy has none.

References
----------
- https://svn.r-project.org/R/branches/ALTREP/ALTREP.html
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="r-altrep",
    title="A vector of R that a package rebuilds",
    severity=Severity.HIGH,
    remediation="Find out what the package does before the file is read with R.",
    fires=('reference altrep "base::mmap_real"', 'reference altrep "evil::vector"'),
    silent=('reference altrep "base::compact_intseq"', 'reference altrep "base::wrap_real"'),
    cwe=829,
    atlas="AML.T0011.000",
)

_KNOWN: Final = frozenset(
    f"base::{name}"
    for name in (
        *("compact_intseq", "compact_realseq", "deferred_string"),
        *(f"wrap_{kind}" for kind in ("integer", "real", "logical", "complex", "raw", "string")),
        "wrap_list",
    )
)
_MAPS: Final = ("base::mmap_integer", "base::mmap_real")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every class that is none of the plain ones of R."""
    for fact in subject.of(Reference):
        if fact.role != "altrep" or fact.target in _KNOWN:
            continue
        if fact.target in _MAPS:
            yield Match("reading the file maps another file into memory", (fact,))
        else:
            message = f"reading the file runs code of the package of {fact.target[:100]!r}"
            yield Match(message, (fact,), Severity.MEDIUM)
