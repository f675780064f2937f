"""An HDF5 dataset that needs a plugin to be read.

What
----
The filter pipeline of a dataset names a filter that does not come with the library.

Why
---
The library looks for such a filter in a folder of plugins, which an environment variable names, and
loads it as native code. Honest files of science use some; models of Keras none.

Remediation
-----------
Ask for the file without compression, or with gzip.

References
----------
- https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

#: Compiled into h5py, so that no plugin is looked for.
_LZF = Const(32000)

RULE = Rule(
    id="hdf5-filter",
    title="An HDF5 dataset that needs a plugin to be read",
    severity=Severity.MEDIUM,
    remediation=("Ask for the file without this filter (`h5repack -f GZIP=4`)."),
    fires=(
        'anomaly hdf5-filter "/w needs the filter 32001" 32001 "blosc"',
        'anomaly hdf5-filter "/w needs the filter 32000" 32000 "lzf"',
    ),
    silent=('tensor "w" <f4 [2, 2]',),
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for each filter."""
    seen: set[object] = set()
    for fact in subject.anomalies("hdf5-filter"):
        number = fact.values[0] if fact.values else None
        if number not in seen:
            seen.add(number)
            severity = Severity.LOW if number == _LZF else Severity.MEDIUM
            yield Match(fact.message, (fact,), severity=severity)
