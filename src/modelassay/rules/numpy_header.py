"""A NumPy array whose header is not what NumPy writes.

What
----
The header of a `.npy` array is no plain dict of its three keys, is nested or long beyond need,
names an element type or a shape that cannot be, or describes more or fewer bytes than follow. The
same is said of raw arrays inside a joblib file.

Why
---
NumPy hands the header to Python's own parser, and takes memory by the shape it states: such
headers crash a loader, exhaust its memory, or in old and home-made loaders that use `eval` run as
code.

Remediation
-----------
Do not load the file. An honest array can be saved again with `numpy.save`.

References
----------
- https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
- https://cwe.mitre.org/data/definitions/1284.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="numpy-header",
    title="A NumPy array whose header is not what NumPy writes",
    severity=Severity.MEDIUM,
    remediation="Do not load the file. An honest array can be saved again with numpy.save.",
    fires=(
        "anomaly npy-header-expression \"the header is not read: no literal: 'open(1)'\" @10",
        'anomaly npy-shape "the shape (-1,) cannot be" @10',
        'anomaly npy-size "the array claims 80 bytes, 8 follow" 80 8 @128',
        'anomaly npy-trailing-bytes "7 bytes stand behind the array" @136',
    ),
    silent=('tensor "" f8 [3]', "anomaly storage-size \"storage '0' is claimed with 4 bytes\""),
    cwe=1284,
)

_SEVERITIES: Final = {
    "npy-header-expression": Severity.MEDIUM,
    "npy-header-nesting": Severity.MEDIUM,
    "npy-header-keys": Severity.MEDIUM,
    "npy-descr": Severity.MEDIUM,
    "npy-shape": Severity.MEDIUM,
    "npy-size": Severity.MEDIUM,
    "npy-version": Severity.MEDIUM,
    "npy-header-size": Severity.LOW,
    "npy-trailing-bytes": Severity.LOW,
    "joblib-array": Severity.MEDIUM,
}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such header."""
    for fact in subject.anomalies(*_SEVERITIES):
        yield Match(fact.message, (fact,), severity=_SEVERITIES[fact.kind])
