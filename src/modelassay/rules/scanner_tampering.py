"""A callable that changes a scanner or a security setting is imported.

What
----
The file names something inside a security tool, or a switch that turns a check off.

Why
---
No model needs this. It is how a file makes the scanner that reads it, or the loader that checks
it, look away.

Remediation
-----------
Do not load the file, and do not scan it with tools that load it.

References
----------
- https://docs.python.org/3/library/pickle.html
- https://cwe.mitre.org/data/definitions/693.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="scanner-tampering",
    title="A callable that changes a scanner or a security setting is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        "import picklescan.scanner._safe_globals",
        "call modelscan.settings:DEFAULT_SETTINGS.clear()",
    ),
    silent=("new collections.OrderedDict()",),
    cwe=693,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
