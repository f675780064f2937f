"""A callable that loads another object is imported.

What
----
The file names a callable that unpickles or loads a model in turn: `pickle.loads`, `torch.load`,
`joblib.load`, `pandas.read_pickle`, and everything that reaches them.

Why
---
The inner load reads bytes of the attacker's choice, from inside this file or from elsewhere, with
none of the checks of the outer one. Bytes that stand in this file are scanned as an artifact of
their own.

Remediation
-----------
Do not load the file.

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
    id="nested-load",
    title="A callable that loads another object is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        "call pickle.loads(b'N.') @op 4",
        "import joblib.numpy_pickle.load",
    ),
    silent=("new collections.OrderedDict()",),
    cwe=502,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
