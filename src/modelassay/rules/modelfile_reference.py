"""A Modelfile that makes a model of files of another place.

What
----
FROM or ADAPTER of a Modelfile names a file by an absolute path, a path that climbs out of the
folder, or a URL; or a model of a registry that is none of the public ones.

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
        'reference modelfile-from "models.example:5000/someone/model"',
    ),
    silent=(
        'reference modelfile-from "llama3.2:1b"',
        'reference modelfile-from "./model.gguf"',
        'reference modelfile-from "hf.co/someone/model:Q4_K_M"',
    ),
    fires_at="convert",
    cwe=22,
    atlas="AML.T0010.003",
)

_REGISTRIES = ("registry.ollama.ai", "ollama.com", "hf.co", "huggingface.co", "modelscope.cn")
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
        elif (host := _host(fact.target)) is not None:
            yield Match(f"FROM has the model fetched from {host[:200]!r}", (fact,))


def _host(target: str) -> str | None:
    """Return the registry that a name of a model has in front, `None` for those of everybody."""
    host, *rest = target.lower().split("/")
    if not rest or host in ("", ".", *_REGISTRIES) or not ("." in host or ":" in host):
        return None
    return host
