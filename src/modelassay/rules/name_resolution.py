"""A callable that imports or resolves names is imported.

What
----
The file names a callable that imports modules or takes attributes by name: `getattr`,
`__import__`, `importlib`, `pkgutil.resolve_name`, `operator.attrgetter`.

Why
---
With it a file reaches any function without naming it where a scanner would see it. Honest files
use `getattr` only for a few known methods, which the catalogue lists.

Remediation
-----------
Do not load the file. The arguments in the evidence are the name that would be resolved.

References
----------
- https://docs.python.org/3/library/pickle.html
- https://cwe.mitre.org/data/definitions/470.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.callables import matches

RULE = Rule(
    id="name-resolution",
    title="A callable that imports or resolves names is imported",
    severity=Severity.CRITICAL,
    remediation=(
        "Do not load the file. Ask its author for the weights alone, in a format that "
        "cannot carry code (safetensors, GGUF, ONNX), or load it with "
        "`torch.load(weights_only=True)` if it is a checkpoint."
    ),
    fires=(
        'call importlib.import_module("os") @op 4',
        'call pkgutil.resolve_name("os:system")',
    ),
    silent=("new collections.OrderedDict()",),
    cwe=470,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every name with this effect."""
    yield from matches(subject, RULE.id)
