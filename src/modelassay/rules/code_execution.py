"""A callable that runs code is imported.

What
----
The file names a callable that runs Python source, byte code or templates: `exec`, `eval`,
`compile`, `runpy`, a debugger, a profiler, a test runner, a code generator.

Why
---
A pickle can call whatever it can name. Given such a callable, loading the file runs the code that
stands in the file, with the rights of whoever loads it.

Remediation
-----------
Do not load the file. The evidence shows the call with its arguments; what they say is what would
have run.

References
----------
- https://docs.python.org/3/library/pickle.html
- https://cwe.mitre.org/data/definitions/94.html
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="code-execution",
    title="A callable that runs code is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        'call builtins.exec("print(1)") @op 4',
        "import builtins.eval",
        'call timeit.timeit("print(1)")',
    ),
    silent=(
        "new collections.OrderedDict()",
        'call numpy.dtype("f8", False, True)',
        'metadata "note" = "exec"',
    ),
    cwe=94,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
