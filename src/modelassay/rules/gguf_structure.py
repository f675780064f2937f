"""A GGUF file whose header does not describe its bytes.

What
----
Tensors overlap, lie outside of the file, leave holes or are not aligned, keys and tensors stand
twice, the alignment is none, types are unknown, or the header breaks off.

Why
---
llama.cpp refuses such files today; older releases and other programs that read the format compute
with the numbers, read the memory behind a file that is shorter than it says (Ollama before 0.17.1
does so when it quantizes, and the copy holds what it read), or divide by an alignment or a
dimension of zero. A download that was cut off ends before its tensors do as well, so that this is
told with less confidence; but not where there is a hole before the tensors that lie outside, for
then the file was made to be so.

Remediation
-----------
Fetch the file again and compare its hash. Written by an ordinary tool, none is like this.

References
----------
- https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
- https://nvd.nist.gov/vuln/detail/CVE-2026-7482
- https://cwe.mitre.org/data/definitions/1284.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

_SEVERITIES: Final = {
    "gguf-overlap": Severity.HIGH,
    "gguf-alignment": Severity.HIGH,
    "gguf-dimensions": Severity.HIGH,
    "gguf-duplicate": Severity.MEDIUM,
    "gguf-hole": Severity.MEDIUM,
    "gguf-bounds": Severity.HIGH,
    "gguf-blocks": Severity.MEDIUM,
    "gguf-empty": Severity.MEDIUM,
    "gguf-type": Severity.MEDIUM,
    "gguf-key": Severity.MEDIUM,
    "gguf-nesting": Severity.MEDIUM,
    "gguf-name": Severity.LOW,
    "gguf-offset": Severity.LOW,
    "gguf-tensor-type": Severity.LOW,
    "gguf-nested-array": Severity.LOW,
    "gguf-split": Severity.LOW,
    "gguf-version": Severity.LOW,
    "gguf-broken": Severity.LOW,
}

RULE = Rule(
    id="gguf-structure",
    title="A GGUF file whose header does not describe its bytes",
    severity=Severity.HIGH,
    remediation="Fetch the file again and compare its hash.",
    fires=(
        'anomaly gguf-overlap "two tensors cover the bytes 0 to 32 of the data" @192',
        'anomaly gguf-alignment "the alignment is 0" 0',
        'anomaly gguf-bounds "the tensors claim 4096 bytes of data, there are 32" 4096 32 @192',
        "anomaly gguf-duplicate \"the key 'general.name' stands twice\" @24",
        'anomaly gguf-nesting "arrays are nested more than 4 levels deep" @24',
    ),
    silent=('anomaly trailing-bytes "4135 bytes stand behind the last tensor" 4135 @192',),
    cwe=1284,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every kind of such anomalies."""
    holed = any(subject.anomalies("gguf-hole"))
    for kind, severity in _SEVERITIES.items():
        facts = tuple(subject.anomalies(kind))
        if facts:
            more = sum(fact.count for fact in facts) - 1
            message = facts[0].message + (f", and {more} more" if more else "")
            outside = kind == "gguf-bounds"
            yield Match(
                message,
                facts,
                severity,
                confidence="medium" if outside and not holed else None,
                cve=("CVE-2026-7482",) if outside else (),
            )
