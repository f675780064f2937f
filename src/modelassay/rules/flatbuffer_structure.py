"""A flatbuffer whose offsets or indexes lead outside.

What
----
In a TensorFlow Lite, ONNX Runtime, ExecuTorch or mobile TorchScript model an offset leads outside
of the file, a table or vector reaches beyond it, or an index names a tensor, buffer, operator or
segment that is not there.

Why
---
The runtimes read such files in place and trust most of what they say, for speed. An index that was
not checked has let models read and write memory of the process more than once.

Remediation
-----------
Fetch the file again. If it is still broken, do not load it.

References
----------
- https://flatbuffers.dev/internals/
- https://github.com/tensorflow/tensorflow/blob/master/tensorflow/security/advisory/tfsa-2020-005.md
- https://cwe.mitre.org/data/definitions/125.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="flatbuffer-structure",
    title="A flatbuffer whose offsets or indexes lead outside",
    severity=Severity.HIGH,
    remediation="Fetch the file again. If it is still broken, do not load it.",
    fires=(
        'anomaly flatbuffer-structure "the offset 4294967040 leads outside of the file" @0',
        'anomaly tflite-index "there is no tensor 99 among 2" 99 2 @200',
        'anomaly ort-index "there is no node 9 among 2" @200',
        'anomaly executorch-index "there is no operator 9 among 2" 9 @200',
        'anomaly executorch-segment "a segment of 9 bytes at 900 reaches beyond the file" @64',
        'anomaly mobile-index "there is no value 900 among 20" 900 20 @64',
    ),
    silent=("graph tflite graph0(t0) -> (t1) { t1 = RELU(t0) }",),
    cwe=125,
    atlas="AML.T0011.000",
)
#: Of indexes that TensorFlow Lite followed.
_INDEXES: Final = {"tflite-index": ("CVE-2020-15211",)}

_SEVERITIES: Final = {
    "flatbuffer-structure": Severity.MEDIUM,  # also what is left of a file that was cut short
    "tflite-index": Severity.HIGH,
    "ort-index": Severity.HIGH,
    "executorch-index": Severity.HIGH,
    "executorch-segment": Severity.HIGH,
    "mobile-index": Severity.HIGH,
}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such offset or index."""
    for fact in subject.anomalies(*_SEVERITIES):
        cve = _INDEXES.get(fact.kind, ())
        yield Match(fact.message, (fact,), severity=_SEVERITIES[fact.kind], cve=cve)
