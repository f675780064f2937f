"""A column whose type is a pickle.

What
----
The schema of an Arrow or Parquet file names a column type of PyArrow that is stored as a pickle
(`arrow.py_extension_type`).

Why
---
PyArrow 0.14.0 to 14.0.0 unpickles it when the file is opened, which runs whatever the pickle says;
newer ones do where a program turned it on.

Remediation
-----------
Read the file with PyArrow 14.0.1 or newer, and do not turn the type on.

References
----------
- https://github.com/advisories/GHSA-5wvp-7f3h-6wmm
- https://github.com/apache/arrow/pull/38608
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="pickled-column",
    title="A column whose type is a pickle",
    severity=Severity.HIGH,
    remediation="Read the file with PyArrow 14.0.1 or newer.",
    fires=('reference column-type "arrow.py_extension_type" @4',),
    silent=('reference column-type "arrow.json"',),
    cwe=502,
    atlas="AML.T0011.000",
    cve=("CVE-2023-47248",),
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such type."""
    for fact in subject.of(Reference):
        if fact.role == "column-type" and fact.target == "arrow.py_extension_type":
            yield Match("a column has a type that is stored as a pickle", (fact,))
