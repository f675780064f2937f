"""A GGUF file with numbers that overflow a loader's arithmetic.

What
----
A count, a length, a shape or an offset is so large that what is computed from it does not fit the
machine words loaders compute it in, or indexes a table of theirs far past its end.

Why
---
Loaders in C have allocated what such a product wraps around to and written what it really is: a
memory corruption when the file is loaded. Here everything is computed exactly.

Remediation
-----------
Do not load the file.

References
----------
- https://github.com/ggml-org/llama.cpp/security/advisories/GHSA-vgg9-87g3-85w8 (sum of the sizes)
- https://github.com/ggml-org/llama.cpp/security/advisories/GHSA-8wwf-w4qm-gpqr (CVE-2025-49847:
  length of a token)
- https://cwe.mitre.org/data/definitions/190.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

#: Nothing honest counts so much; what a cut file claims stays below.
_HUGE: Final = 1 << 31
#: Forks number their own types up to some hundreds.
_LARGEST_TYPE: Final = 1024
_LEAST: Final = {
    "gguf-overflow": 0,
    "gguf-string": 0,
    "gguf-layers": -_HUGE,
    "gguf-count": _HUGE,
    "gguf-length": _HUGE,
    "gguf-tensor-type": _LARGEST_TYPE,
}
_CVES: Final = {"gguf-string": ("CVE-2025-49847",)}

RULE = Rule(
    id="gguf-overflow",
    title="A GGUF file with numbers that overflow a loader's arithmetic",
    severity=Severity.HIGH,
    remediation="Do not load the file.",
    fires=(
        'anomaly gguf-overflow "the shape [4294967296, 4294967296] has too many elements" 1 @9',
        'anomaly gguf-count "the header claims 18446744073709551615 pairs" 18446744073709551615 9',
        'anomaly gguf-length "a string claims 4294967295 bytes, 20 are left" 4294967295 20 @64',
        'anomaly gguf-string "a string has 2147483648 bytes" 2147483648 @64',
        'anomaly gguf-tensor-type "there is no tensor type 4294967295" 4294967295 @64',
        "anomaly gguf-layers \"'llama.block_count' is 100000\" 100000",
    ),
    silent=(
        'anomaly gguf-count "the header claims 300 tensors, 20 bytes follow" 300 20 @8',
        'anomaly gguf-tensor-type "there is no tensor type 144" 144 @64',
    ),
    cwe=190,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every kind of such anomalies."""
    for kind, least in _LEAST.items():
        facts = tuple(fact for fact in subject.anomalies(kind) if _claimed(fact) >= least)
        if facts:
            more = sum(fact.count for fact in facts) - 1
            message = facts[0].message + (f", and {more} more" if more else "")
            yield Match(message, facts, cve=_CVES.get(kind, ()))


def _claimed(fact: Anomaly) -> int:
    """Return the number an anomaly is about."""
    value = fact.values[0] if fact.values else None
    return value.value if isinstance(value, Const) and isinstance(value.value, int) else 0
