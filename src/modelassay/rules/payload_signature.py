"""Bytes that a rule for known payloads matches.

What
----
With `--deep`, all bytes are searched by a set of YARA rules for what well-known payloads have in
common: reverse shells, stagers and loaders, shellcode, miners, theft of credentials. With `--yara`
the rules of a user are searched for as well, and say themselves how bad a match is.

Why
---
Such words and code have no place in weights. A rule of this kind knows what it was written for and
nothing else: that none matches means little. Words are low where people write text, or a format
accounts for its strings: there they may be quoted, and what a file does with them is told by the
rules for what it does.

Remediation
-----------
Look at the place the evidence names, with the description of the rule beside it.

References
----------
- https://virustotal.github.io/yara-x/docs/
- https://attack.mitre.org/techniques/T1059/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Signature
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="payload-signature",
    title="Bytes that a rule for known payloads matches",
    severity=Severity.CRITICAL,
    remediation="Look at the place the evidence names.",
    fires=(
        'signature ours reverse_shell "high" "a shell is connected to a socket" @4096',
        'signature user my_rule "" "" "author"="me" @0',
        'signature ours destroyer "medium" "a command line destroys files" @4096',
    ),
    silent=('payload text "gap" size 300 @200',),
    confidence="medium",
    cwe=506,
    atlas="AML.T0011.000",
)

#: Formats whose strings are text, or data that the file accounts for.
_TEXTS: Final = frozenset(
    (
        *("pickle", "joblib", "pytorch-legacy", "text", "model-card", "notebook", "shell"),
        *("python-module", "python-source", "project", "requirements", "conda", "script"),
        *("hf-config", "hydra-config", "chat-template", "modelfile", "spacy-config", "xml"),
    )
)
_SEVERITIES: Final = {severity.value: severity for severity in Severity}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each rule, as bad as it says itself; medium where it does not say."""
    for fact in subject.of(Signature):
        severity = _SEVERITIES.get(fact.severity.lower(), Severity.MEDIUM)
        quoted = severity is Severity.MEDIUM and subject.format in _TEXTS
        severity = Severity.LOW if quoted and fact.source == "ours" else severity
        whose = "" if fact.source == "ours" else "your "
        message = f"{whose}rule {fact.name} matches" + (f": {fact.text}" if fact.text else "")
        yield Match(message, (fact,), severity)
