"""A program, an archive or a pickle hidden where the file has no place for it.

What
----
Something of verified structure stands behind the end of a model, between its parts, inside its
tensors, in the low bits of its weights, or in its texts, encoded or not: a program, a script, an
archive, a pickle, compiled Python. Its type, its bytes and their SHA-256 are told. A signature
alone is not reported.

Why
---
Weights and metadata need no such thing. It is how a second stage travels: a loader, or a program
that is already on the machine, takes it out and runs it. Published tools put it into the low bits
of weights, where the model works as before and no hash list knows it.

Remediation
-----------
Do not use the model until somebody knows what the payload is and who put it there.
`modelassay extract` writes it to a file for analysis.

References
----------
- https://arxiv.org/abs/2107.08590
- https://attack.mitre.org/techniques/T1027/003/
- https://attack.mitre.org/techniques/T1027/009/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Payload
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="hidden-payload",
    title="A program, an archive or a pickle hidden where the file has no place for it",
    severity=Severity.HIGH,
    remediation="Do not use the model until somebody knows what the payload is.",
    fires=(
        'payload elf "tail" size 15960 sha256 "00ff" @4096',
        'payload zip "low 2 bits of float32" size 400 @1024',
        'payload pickle "base64 text" size 80 @200',
        'payload text "low bits of bfloat16" size 300 @200',
    ),
    silent=('payload text "gap" size 300 @200', 'payload gzip "gap" size 300 @200'),
    cwe=506,
    atlas="AML.T0018.002",
)

_PROGRAMS: Final = frozenset(
    ("elf", "pe", "dotnet", "macho", "macho-fat", "ape", "wasm", "java-class", "dex")
)
_OTHERS: Final = frozenset(("script", "pickle", "python-code", "zip", "tar", "7z", "rar"))
_WEIGHTS: Final = "bits of "


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each payload, of whatever type in the bits of weights."""
    for fact in subject.of(Payload):
        inner = fact.type.partition(" in ")[0]
        if inner in _PROGRAMS or inner in _OTHERS or _WEIGHTS in fact.place:
            digest = f", SHA-256 {fact.sha256}" if fact.sha256 else ""
            message = f"{fact.type} of {fact.size} bytes in the {fact.place}{digest}"
            yield Match(message, (fact,))
