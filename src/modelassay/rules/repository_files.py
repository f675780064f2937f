"""Files of a repository that do not agree with each other.

What
----
An index names a file that is not there, or one of another format than the index says; shards lie
about that no index names; a configuration names code that the repository does not hold; or the chat
templates that different programs would use for the same model are not the same.

Why
---
What a person reads is then not what a loader takes. An index of safetensors that leads to a pickle
has it loaded by programs that were told to load none. A GGUF file may carry a template with other
instructions than the one that everybody looks at. Much of this comes of carelessness, too.

Remediation
-----------
Ask for a repository whose files belong together, or load from a copy that holds only what you need.

References
----------
- https://huggingface.co/docs/transformers/big_models
- https://huggingface.co/docs/transformers/chat_templating
- https://cwe.mitre.org/data/definitions/353.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="repository-files",
    title="Files of a repository that do not agree with each other",
    severity=Severity.HIGH,
    remediation="Ask for a repository whose files belong together.",
    fires=(
        "anomaly repository-missing-file \"m.safetensors.index.json names 'a', not there\"",
        "anomaly repository-shard-format \"the index leads to 'a.bin', a file of pickles\"",
        'anomaly repository-template-drift "the chat templates differ"',
        'anomaly repository-digest "blobs/sha256/00 is not what its name says"',
    ),
    silent=("anomaly zip-crc \"the checksum of 'a' is wrong\"",),
    cwe=353,
    atlas="AML.T0010.003",
)

_SEVERITIES: Final = {
    "repository-shard-format": Severity.MEDIUM,
    "repository-digest": Severity.HIGH,
    "repository-unknown-module": Severity.MEDIUM,
    "repository-shadow": Severity.MEDIUM,
    "repository-media-code": Severity.MEDIUM,
    "repository-media-type": Severity.LOW,
    "repository-missing-code": Severity.LOW,
    "repository-missing-file": Severity.LOW,
    "repository-template-drift": Severity.LOW,
    "repository-size": Severity.LOW,
    "repository-extra-file": Severity.INFO,
}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each disagreement."""
    for fact in subject.anomalies(*_SEVERITIES):
        yield Match(fact.message, (fact,), _SEVERITIES[fact.kind])
