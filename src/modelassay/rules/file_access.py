"""A callable that opens, writes or deletes files is imported.

What
----
The file names a callable that reads, writes, moves or deletes files, or lists folders.

Why
---
Loading a model has no need to touch other files. Such a call can steal credentials, plant a
start-up file, or destroy data, and it is often the first half of running code.

Remediation
-----------
Do not load the file. If a training script pickled an open file or a path helper by mistake, have
the model saved again without it.

References
----------
- https://docs.python.org/3/library/pickle.html
- https://cwe.mitre.org/data/definitions/73.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="file-access",
    title="A callable that opens, writes or deletes files is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        'call builtins.open("/tmp/x", "w") @op 4',
        "import shutil.rmtree",
    ),
    silent=('call pathlib.PurePosixPath("a", "b")',),
    cwe=73,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
