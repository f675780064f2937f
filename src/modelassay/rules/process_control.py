"""A callable that alters, blocks or ends the process is imported.

What
----
The file names a callable that ends or blocks the process, sends signals, changes the interpreter
or the environment, or takes memory and time without bound.

Why
---
At the least the loading program dies or hangs; at worst the change makes later code run.

Remediation
-----------
Do not load the file.

References
----------
- https://docs.python.org/3/library/pickle.html
- https://cwe.mitre.org/data/definitions/400.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="process-control",
    title="A callable that alters, blocks or ends the process is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        "call time.sleep(1000000) @op 4",
        "import os.putenv",
    ),
    silent=("new collections.OrderedDict()",),
    cwe=400,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
