"""A packed state with values that are no plain arrays.

What
----
A checkpoint in MessagePack has an array of a type that is no number, such as objects, or a value of
an extension type that Flax does not write; or an array of zarr says that its chunks are pickles.

Why
---
Elements of objects are addresses or pickles, and what an extension means is up to the program that
reads it: some unpickle it. The codec `pickle` of zarr unpickles every chunk when it is read.

Remediation
-----------
Find out what program wrote the file. Load it with one that takes plain arrays only.

References
----------
- https://flax.readthedocs.io/en/latest/api_reference/flax.serialization.html
- https://numcodecs.readthedocs.io/en/stable/pickles.html
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="packed-object",
    title="A packed state with values that are no plain arrays",
    severity=Severity.HIGH,
    remediation="Find out what program wrote the file, and load it as plain arrays only.",
    fires=(
        "anomaly array-type \"an array of 'object', which is no plain type\" @params",
        'anomaly array-pickle "the chunks are objects, packed by \'pickle\'" "pickle" @filters.id',
        'anomaly msgpack-extension "an extension of type 42, which Flax does not have" 42 @x',
    ),
    silent=('anomaly model-structure "the values are broken" @9',),
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each."""
    for fact in subject.anomalies("array-type", "msgpack-extension"):
        yield Match(fact.message, (fact,), Severity.MEDIUM)
    for fact in subject.anomalies("array-pickle"):
        yield Match(fact.message, (fact,))
