"""An HDF5 file that lies about its structure.

What
----
Metadata leads out of the file or back to where it came from, types are larger inside than outside,
storage overlaps or is smaller than claimed, or bytes stand behind the end.

Why
---
The library that reads these files has had memory errors at just such places, found by files that
are wrong in this way. A file that was cut short on its way looks similar and is only useless.

Remediation
-----------
Fetch the file again. If it is still wrong, do not open it.

References
----------
- https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t4.html
- https://cwe.mitre.org/data/definitions/119.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

_SEVERITIES = {
    "hdf5-loop": Severity.HIGH,
    "hdf5-datatype": Severity.HIGH,
    "hdf5-structure": Severity.MEDIUM,
    "hdf5-bounds": Severity.MEDIUM,
    "hdf5-overlap": Severity.MEDIUM,
    "hdf5-chunk": Severity.MEDIUM,
    "hdf5-size": Severity.MEDIUM,
    "hdf5-user-link": Severity.MEDIUM,
    "hdf5-truncated": Severity.LOW,
    "hdf5-trailing-bytes": Severity.LOW,
    "hdf5-cycle": Severity.LOW,
    "hdf5-compressed-heap": Severity.LOW,
}

RULE = Rule(
    id="hdf5-structure",
    title="An HDF5 file that lies about its structure",
    severity=Severity.HIGH,
    remediation=("Fetch the file again; if it is still wrong, do not open it."),
    fires=(
        'anomaly hdf5-loop "a tree leads back into itself" @100',
        'anomaly hdf5-datatype "a member lies outside its type" @100',
        'anomaly hdf5-bounds "a chunk lies outside the file" @100',
        'anomaly hdf5-trailing-bytes "9 bytes stand behind the end" 9 @100',
    ),
    silent=('anomaly hdf5-filter "/w needs the filter 32001" 32001 "blosc"',),
    cwe=119,
    atlas="AML.T0011.000",
    confidence="medium",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for each kind of lie."""
    for kind, severity in _SEVERITIES.items():
        facts = tuple(subject.anomalies(kind))
        if facts:
            times = sum(fact.count for fact in facts)
            more = f", and {times - 1} more" if times > 1 else ""
            yield Match(f"{facts[0].message}{more}", facts[:20], severity=severity)
