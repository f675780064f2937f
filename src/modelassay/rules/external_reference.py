"""A file that names something outside of its folder.

What
----
An index of weight files, or another file of a model, [names one](../reference/references.md) by an
absolute path, a path that climbs out of the folder or a URL; or the metadata of a model hold a URL
where none is expected.

Why
---
Loaders join the folder of an index with the names in it and open what comes out: any file that the
process may read, or whatever a server sends. A URL in metadata is shown to people, and at times
fetched.

Remediation
-----------
Do not load the model by this index. Ask for one whose files lie beside it.

References
----------
- https://cwe.mitre.org/data/definitions/22.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Metadata, Reference
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import escape
from modelassay.rules.references import named_for

RULE = Rule(
    id="external-reference",
    title="A file that names something outside of its folder",
    severity=Severity.MEDIUM,
    remediation="Do not load the model by this index. Ask for one whose files lie beside it.",
    fires=(
        'reference weight-file "../../../etc/passwd" @weight_map',
        'reference weight-file "/etc/passwd" @weight_map',
        'reference weight-file "https://evil.example/model.safetensors" @weight_map',
        'reference code "../../elsewhere" @flavors.python_function.code',
        'reference base-model "https://evil.example/model" @base_model_name_or_path',
        'metadata "notes" = "see https://evil.example/x"',
    ),
    silent=(
        'reference weight-file "model-00001-of-00002.safetensors" @weight_map',
        'metadata "general.source.url" = "https://models.example/m"',
        'metadata "docs" = "https://docs.models.example"',
        'metadata "format" = "pt"',
    ),
    cwe=22,
    atlas="AML.T0010.003",
)

_URL: Final = re.compile(r"(?i)\b(?:https?|ftp|file|smb)://[^\s\"'<>]{4,200}")
#: Keys whose business it is to name an address.
_EXPECTED: Final = re.compile(
    r"(?i)url|link|homepage|website|repo|source|license|doi|author|citation|description|usage"
    r"|implementation|architecture|readme|dataset|chat_template|paper|\bdocs?\b|documentation"
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each name of a file that leads out, and for URLs in odd metadata."""
    roles = named_for(RULE.id)
    for reference in subject.of(Reference):
        named = roles.get(reference.role)
        why = escape(reference.target) if named is not None else None
        if named is not None and why is not None:
            # Folders of whoever trained an adapter stand in many honest ones.
            local = reference.role == "base-model" and why != "is a URL"
            message = f"the name of {named.what} {why}: {reference.target[:200]!r}"
            yield Match(message, (reference,), Severity.LOW if local else None)
    for fact in subject.of(Metadata):
        text = fact.value.value if isinstance(fact.value, Const) else None
        found = _URL.search(text) if isinstance(text, str) else None
        if found is not None and not _EXPECTED.search(fact.key):
            message = f"the metadata {fact.key[:100]!r} hold {found[0]!r}"
            yield Match(message, (fact,), Severity.LOW)
