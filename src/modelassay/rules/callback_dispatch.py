"""A callable that calls what it is given is imported.

What
----
The file names a callable that calls another one: `map`, `itertools.starmap`, `functools.reduce`,
thread pools, schedulers, wrappers.

Why
---
It hides who is called: the dangerous function is then only an argument, or is called later, from
another thread or at exit.

Remediation
-----------
Do not load the file unless you wrote it and know why it needs this.

References
----------
- https://docs.python.org/3/library/pickle.html
- https://cwe.mitre.org/data/definitions/502.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="callback-dispatch",
    title="A callable that calls what it is given is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        'call builtins.map(posix.system, ["id"]) @op 9',
        "import itertools.starmap",
    ),
    silent=("new collections.OrderedDict()",),
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
