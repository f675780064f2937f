"""A tokenizer of SentencePiece that leads its loader out of bounds.

What
----
The table of normalization rules claims more units than there are, or one of its units or texts lies
outside of it; or a piece of the vocabulary is so long that walking it takes more stack than there
is.

Why
---
The table is a double array that the library walks without asking where it leads: releases up to
0.2.1 read far outside of it as soon as text is tokenized. A piece of some hundred thousand bytes
ends the process when the tokenizer is loaded. No program that trains tokenizers writes either.

Remediation
-----------
Do not load the tokenizer; take it from where the model was published first.

References
----------
- https://github.com/google/sentencepiece/issues/1269 (units of the table)
- https://github.com/google/sentencepiece/pull/1329 (texts of the table)
- https://github.com/google/sentencepiece/issues/1263 (long pieces)
- https://cwe.mitre.org/data/definitions/125.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="sentencepiece-structure",
    title="A tokenizer of SentencePiece that leads its loader out of bounds",
    severity=Severity.HIGH,
    remediation="Do not load the tokenizer.",
    fires=(
        'anomaly sentencepiece-charsmap "the unit 0 leads to 4194303 of 256 units" 256 @40',
        'anomaly sentencepiece-piece "a piece has 200000 bytes" 200000 @2',
    ),
    silent=('metadata "pieces" = 32000',),
    cwe=125,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each of the two."""
    for kind in ("sentencepiece-charsmap", "sentencepiece-piece"):
        facts = tuple(subject.anomalies(kind))
        if facts:
            yield Match(facts[0].message, facts)
