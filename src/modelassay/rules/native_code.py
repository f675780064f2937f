"""A callable that loads native code is imported.

What
----
The file names a callable that loads a shared library or reaches raw memory: `ctypes`, `cffi`,
`torch.ops.load_library`, `numpy.ctypeslib`.

Why
---
A library runs its own code as it is loaded, beneath every check Python makes.

Remediation
-----------
Do not load the file.

References
----------
- https://docs.python.org/3/library/pickle.html
- https://cwe.mitre.org/data/definitions/114.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="native-code",
    title="A callable that loads native code is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        'call ctypes.CDLL("x.so") @op 4',
        "import torch._ops.load_library",
    ),
    silent=("new collections.OrderedDict()",),
    cwe=114,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
