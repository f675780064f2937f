"""A Modelfile that makes a model of files of another place.

What
----
FROM or ADAPTER of a Modelfile names a file by an absolute path, a path that climbs out of the
folder, or a URL.

Why
---
`ollama create` reads the named file into a model, which can then be pushed to a registry: any file
of the machine, or whatever a server sends.

Remediation
-----------
Do not make the model of this file. Ask for one whose files lie beside it.

References
----------
- https://github.com/ollama/ollama/blob/main/docs/modelfile.md
- https://cwe.mitre.org/data/definitions/22.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination

RULE = Rule(
    id="modelfile-reference",
    title="A Modelfile that makes a model of files of another place",
    severity=Severity.MEDIUM,
    remediation="Ask for a Modelfile whose files lie beside it.",
    fires=(
        'reference modelfile-from "../../../etc/hostname"',
        'reference modelfile-adapter "https://models.example/a.gguf"',
        'reference modelfile-from "/srv/model.gguf"',
    ),
    silent=(
        'reference modelfile-from "llama3.2:1b"',
        'reference modelfile-from "./model.gguf"',
        'reference modelfile-from "hf.co/someone/model:Q4_K_M"',
    ),
    fires_at="convert",
    cwe=22,
)

_ROLES = ("modelfile-from", "modelfile-adapter")


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each that leads out of the folder."""
    for fact in subject.of(Reference):
        if fact.role not in _ROLES:
            continue
        leads = destination(fact.target)
        if leads != "inside":
            word = fact.role.rpartition("-")[2].upper()
            yield Match(f"{word} names {fact.target[:200]!r}, {CLAUSES[leads]}", (fact,))
