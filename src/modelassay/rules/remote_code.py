"""A configuration that has Python code loaded with the model.

What
----
The configuration of a model, or of a part of one, names classes in Python files (`auto_map`, a
custom pipeline, a custom way to generate), perhaps in the repository of somebody else, or says
itself that remote code is to be trusted.

Why
---
Where `trust_remote_code` is given, these files are fetched and imported. Those of the repository
itself are read and judged where they stand, so that naming them is only worth knowing; a file of
another repository is not seen, and can be changed there at any time. Programs have passed the flag
on to parts of a model that nobody had asked about, and have taken it from the configuration itself.

Remediation
-----------
Read the files that are named, and load the model from a fixed revision, or without
`trust_remote_code`.

References
----------
- https://huggingface.co/docs/transformers/custom_models
- https://github.com/advisories/GHSA-8fr4-5q9j-m8gm
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="remote-code",
    title="A configuration that has Python code loaded with the model",
    severity=Severity.HIGH,
    remediation="Read the files that are named; load the model from a fixed revision.",
    fires=(
        'reference remote-code "modeling_x.XModel" @auto_map.AutoModel',
        'reference remote-code "other/repo--modeling_x.XModel" @vision_config.auto_map.AutoModel',
        'reference trust-remote-code "true" @trust_remote_code',
    ),
    silent=('reference weight-file "model.safetensors"',),
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield one match for the code of the repository itself, one for each piece of another."""
    own: list[Reference] = []
    for fact in subject.of(Reference):
        if fact.role == "trust-remote-code":
            message = f"{fact.at.path or 'the configuration'} says that remote code is trusted"
            yield Match(message, (fact,), Severity.MEDIUM)
        elif fact.role != "remote-code":
            continue
        elif "--" in fact.target or "/" in fact.target or "\\" in fact.target:
            message = f"loading the model may run code of another place: {fact.target[:200]!r}"
            yield Match(message, (fact,), Severity.HIGH)
        else:
            own.append(fact)
    if own:
        names = ", ".join(dict.fromkeys(fact.target[:100] for fact in own[:5]))
        message = f"loading the model may run code of its repository: {names}"
        yield Match(message, tuple(own), Severity.LOW)
