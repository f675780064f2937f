"""An archive that a server runs code of.

What
----
The manifest of a TorchServe archive names a handler that is none of those TorchServe brings with
it: a Python file in the archive.

Why
---
The server imports the file as soon as the model is registered, with the rights of the server. What
stands in the file is looked at too, but no look can tell all that Python code does.

Remediation
-----------
Read the handler before the archive is registered, or have it made anew with one that you wrote.

References
----------
- https://pytorch.org/serve/custom_service.html
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="service-handler",
    title="An archive that a server runs code of",
    severity=Severity.MEDIUM,
    remediation="Read the handler before the archive is registered.",
    fires=('reference service-handler "handler.py:handle" @model.handler',),
    silent=('reference service-handler "image_classifier" @model.handler',),
    cwe=829,
    atlas="AML.T0011.000",
)

_OWN: Final = frozenset(
    (
        *("image_classifier", "image_segmenter", "object_detector", "text_classifier"),
        *("text_handler", "vision_handler", "base_handler", "dali_image_classifier"),
    )
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for a handler of the archive's own."""
    for fact in subject.of(Reference):
        if fact.role == "service-handler" and fact.target not in _OWN:
            yield Match(f"registering the model imports {fact.target[:200]!r}", (fact,))
