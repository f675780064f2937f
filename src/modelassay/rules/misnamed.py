"""A file that runs code under the name of one that cannot.

What
----
The name ends as that of a format without code does, such as `.safetensors`, `.onnx` or `.json`;
the bytes are a PyTorch file, or a pickle that names a global: one of plain data runs nothing.

Why
---
Loaders often go by the content: `torch.load` and `pickle.load` take a file whatever it is called,
and `weights_only` or a list of allowed suffixes protects nobody who was told that the file is of a
safe format. Honest programs do not name their pickles so.

Remediation
-----------
Do not load the file with a program that looks at its content. Ask where the name comes from.

References
----------
- https://huggingface.co/docs/safetensors
- https://cwe.mitre.org/data/definitions/434.html
- https://cwe.mitre.org/data/definitions/646.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Import
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="misnamed",
    title="A file that runs code under the name of one that cannot",
    severity=Severity.MEDIUM,
    remediation="Do not load the file; ask where the name comes from.",
    fires=(
        'anomaly misnamed "the name ends in .h5, the bytes are pytorch-zip" ".h5" "pytorch-zip"',
        (
            'anomaly misnamed "the name ends in .onnx, the bytes are pickle" ".onnx" "pickle"',
            "import collections.OrderedDict",
        ),
    ),
    silent=(
        'anomaly misnamed "the name ends in .txt, the bytes are pickle" ".txt" "pickle"',
        'anomaly two-formats "the bytes are zip and pickle at once" "zip" "pickle"',
    ),
    cwe=646,
    atlas="AML.T0074",
)

_PLAIN = Const("pickle")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match where the name belies the bytes."""
    names = any(True for _ in subject.of(Import))
    for fact in subject.anomalies("misnamed"):
        if names or _PLAIN not in fact.values:
            yield Match(fact.message, (fact,))
