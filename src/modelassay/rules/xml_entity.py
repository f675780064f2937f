"""A document that has other files read into it.

What
----
An XML document declares an entity or a document type that lies in another file, has another one
included, or declares entities that expand into each other without end.

Why
---
An XML reader that resolves them opens any file of the machine or any address the document names,
and what it finds there becomes part of the model. Entities that refer to each other fill the
memory.

Remediation
-----------
Do not load the model. No exporter writes such a document.

References
----------
- https://owasp.org/www-community/vulnerabilities/XML_External_Entity_(XXE)_Processing
- https://cwe.mitre.org/data/definitions/611.html
- https://cwe.mitre.org/data/definitions/776.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="xml-entity",
    title="A document that has other files read into it",
    severity=Severity.HIGH,
    remediation="Do not load the model. No exporter writes such a document.",
    fires=(
        'reference entity "file:///etc/hostname"',
        'reference document-type "http://models.example/x.dtd"',
        'reference include "/etc/hostname"',
        'anomaly entity-bomb "an entity expands to 3000000000 characters" 3000000000',
    ),
    silent=('reference weight-file "model.bin"',),
    cwe=611,
    atlas="AML.T0029",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each; a document type alone is common in documents that are no models."""
    for fact in subject.of(Reference):
        target = repr(fact.target[:200])
        if fact.role == "entity":
            yield Match(f"an entity is read from {target}", (fact,))
        elif fact.role == "include":
            yield Match(f"{target} is included", (fact,), Severity.MEDIUM)
        elif fact.role == "document-type":
            severity = Severity.INFO if subject.format == "xml" else Severity.MEDIUM
            yield Match(f"the document type is read from {target}", (fact,), severity)
    for anomaly in subject.anomalies("entity-bomb"):
        yield Match(anomaly.message, (anomaly,))
