"""Metadata that hold code.

What
----
A text that describes a model holds a script for a browser, or calls of Python that run code.

Why
---
Nothing runs metadata by itself. They are shown on web pages, where a script may run, and copied
into notebooks and prompts.

Remediation
-----------
Read the text. Do not show it on a page that does not escape it.

References
----------
- https://cwe.mitre.org/data/definitions/79.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Metadata
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="active-metadata",
    title="Metadata that hold code",
    severity=Severity.LOW,
    remediation="Read the text, and show it nowhere without escaping it.",
    fires=(
        'metadata "notes" = "<script>fetch(\'x\')</script>"',
        "metadata \"notes\" = \"__import__('os').system('id')\"",
    ),
    silent=('metadata "notes" = "trained with a script on 8 GPUs"',),
    fires_at="never",
    confidence="medium",
    cwe=79,
    atlas="AML.T0010.003",
)

_CODE: Final = re.compile(
    r"(?i)<\s*(?:script|iframe|object|embed)\b|\bjavascript:|\bon(?:error|load|click)\s*=\s*[\"']"
    r"|__import__\s*\(|\bos\.(?:system|popen)\s*\(|\bsubprocess\.\w+\s*\(|\b(?:eval|exec)\s*\(\s*[\"'_b]"
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such text."""
    for fact in subject.of(Metadata):
        text = fact.value.value if isinstance(fact.value, Const) else None
        found = _CODE.search(text) if isinstance(text, str) else None
        if found is not None:
            yield Match(f"the metadata {fact.key[:100]!r} hold {found[0]!r}", (fact,))
