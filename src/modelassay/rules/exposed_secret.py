"""A token, a key or a password that travels with the model.

What
----
Text of an artifact (a configuration, a template, source, a notebook, metadata, a string of a
pickle) holds a credential. What is told is whose it is, its first four characters, its length and
the start of its SHA-256, never the value. Placeholders and the examples of documentation are
silent, and so is a token of a kind that ends in a checksum if that does not hold.

Why
---
Whoever has the file has the credential: of the author, whose repository, bucket or account others
can then write to, or of the attacker, whose code sends there what it takes. A checksum or a
structure that nothing else has is medium. A form alone is low: such keys are public at times, such
tokens expire, such passwords may open nothing.

Remediation
-----------
If it is yours, revoke it: taking it out of the file does not take it back. If it is not, look at
what uses it, and tell its owner.

References
----------
- https://cwe.mitre.org/data/definitions/798.html
- https://genai.owasp.org/llmrisk/llm022025-sensitive-information-disclosure/
- https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Credential
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="exposed-secret",
    title="A token, a key or a password that travels with the model",
    severity=Severity.MEDIUM,
    remediation="Revoke it if it is yours; look at what uses it if it is not.",
    fires=(
        'credential github-token "ghp_" size 40 "aabb" checksum @200',
        'credential database-password "post" size 60 "aabb" form @200',
    ),
    silent=('metadata "api_key" = "your-key"',),
    fires_at="never",
    confidence="medium",
    cwe=798,
    owasp="LLM02:2025",
)

_VOUCHED: Final = {
    "checksum": ", whose checksum holds",
    "structure": ", of a structure that nothing else has",
    "form": ", by its form",
}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each credential."""
    for fact in subject.of(Credential):
        article = "an" if fact.type[0] in "aeio" else "a"
        message = (
            f"{article} {fact.type.replace('-', ' ')} of {fact.size} characters, {fact.shown!r}..."
            f"{_VOUCHED[fact.proof]}; SHA-256 {fact.sha256}..."
        )
        yield Match(message, (fact,), Severity.LOW if fact.proof == "form" else None)
