"""A callable that starts a process is imported.

What
----
The file names a callable that starts a program or a shell: `os.system`, `subprocess`, `pty`, or
one of the many library functions that reach them.

Why
---
This is the usual payload of hostile models: one call that downloads and starts something else.

Remediation
-----------
Do not load the file. Keep it for analysis; the evidence is the command.

References
----------
- https://docs.python.org/3/library/pickle.html
- https://cwe.mitre.org/data/definitions/78.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="command-execution",
    title="A callable that starts a process is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        'call posix.system("id") @op 4',
        "import subprocess.Popen",
    ),
    silent=(
        "new collections.OrderedDict()",
        'metadata "note" = "os.system"',
    ),
    cwe=78,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
