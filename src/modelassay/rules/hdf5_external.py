"""An HDF5 file whose data stands in other files.

What
----
A link, a dataset's raw storage or a virtual dataset names another file.

Why
---
The library opens what is named as soon as the data is read, with the rights of whoever loads the
model: any file of the machine becomes weights that can be read out of the saved or served model.
Names of another machine make Windows send the user's credentials to it.

Remediation
-----------
Ask for a file that holds its data itself (`h5repack`, or saved anew).

References
----------
- https://nvd.nist.gov/vuln/detail/CVE-2026-1669
- https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t4.html
- https://cwe.mitre.org/data/definitions/73.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination
from modelassay.rules.references import named_for

_SEVERITIES = {
    "inside": Severity.MEDIUM,
    "climbing": Severity.HIGH,
    "absolute": Severity.HIGH,
    "share": Severity.CRITICAL,
    "url": Severity.CRITICAL,
}

RULE = Rule(
    id="hdf5-external",
    title="An HDF5 file whose data stands in other files",
    severity=Severity.CRITICAL,
    remediation=("Ask for a file that holds its data itself."),
    fires=(
        'reference hdf5-external-link "/etc/passwd" @/w',
        'reference hdf5-external-storage "../secret" @/w',
        'reference hdf5-virtual-source "part1.h5" @/w',
        'reference hdf5-external-link "\\\\\\\\host\\\\share\\\\x.h5"',
    ),
    silent=(
        'reference keras-vocabulary "/etc/passwd"',
        'tensor "w" <f4 [2, 2]',
    ),
    cwe=73,
    atlas="AML.T0011.000",
    cve=("CVE-2026-1669",),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each file that is named."""
    roles = named_for(RULE.id)
    seen: dict[tuple[str, str], list[Reference]] = {}
    for fact in subject.of(Reference):
        if fact.role in roles:
            seen.setdefault((fact.role, fact.target), []).append(fact)
    for (role, target), facts in seen.items():
        where = destination(target)
        more = f" and {len(facts) - 1} more" if len(facts) > 1 else ""
        message = (
            f"{roles[role].what} {facts[0].at.path}{more} leads to {target!r}, {CLAUSES[where]}"
        )
        yield Match(message, tuple(facts[:20]), severity=_SEVERITIES[where])
