"""A pipeline that needs functions which the framework does not bring.

What
----
The configuration of a spaCy pipeline names a component, a function of a registry, or another
pipeline that neither spaCy nor its companions bring.

Why
---
Such names are filled in by code that is imported for it: by an entry point of an installed package,
or by a file that is given along. What they do stands in that code; a name alone tells nothing.

Remediation
-----------
Find out which package or file registers the name, and load the pipeline only with one you trust.

References
----------
- https://spacy.io/usage/saving-loading#entry-points
- https://spacy.io/api/top-level#registry
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination

RULE = Rule(
    id="registered-function",
    title="A pipeline that needs functions which the framework does not bring",
    severity=Severity.MEDIUM,
    remediation="Load the pipeline only with a package that you trust to register the name.",
    fires=(
        'reference registered-function "architectures: acme.Net.v1"',
        'reference component-factory "acme"',
        'reference component-source "/srv/other"',
    ),
    silent=(
        'reference registered-function "architectures: spacy.Tok2Vec.v2"',
        'reference registered-function "optimizers: Adam.v1"',
        'reference registered-function "schedules: warmup_linear.v1"',
        'reference component-factory "ner"',
        'reference component-source "en_core_web_sm"',
    ),
    cwe=829,
    atlas="AML.T0010.003",
)

_OWNERS: Final = re.compile(
    r"(?:spacy|spacy-legacy|spacy-transformers|spacy-experimental|spacy-loggers|spacy-llm"
    r"|spacy-curated-transformers|spacy_transformers|spacy_experimental|thinc|catalogue|srsly)\."
)
#: Functions of Thinc, which names them without an owner.
_THINC: Final = re.compile(r"[A-Za-z_]\w*\.v\d+\Z")
_FACTORIES: Final = frozenset(
    (
        *("tok2vec", "tagger", "parser", "ner", "lemmatizer", "trainable_lemmatizer", "senter"),
        *("attribute_ruler", "entity_ruler", "span_ruler", "entity_linker", "morphologizer"),
        *("sentencizer", "textcat", "textcat_multilabel", "spancat", "spancat_singlelabel"),
        *(
            "transformer",
            "curated_transformer",
            "future_entity_ruler",
            "span_finder",
            "doc_cleaner",
        ),
        *("merge_noun_chunks", "merge_entities", "merge_subtokens", "token_splitter", "beam_ner"),
        *("beam_parser", "nn_labeller", "experimental_coref", "experimental_span_resolver", "llm"),
        *("experimental_edit_tree_lemmatizer", "experimental_biaffine_parser", "span_cleaner"),
        *("experimental_arc_predicter", "experimental_arc_labeler", "llm_ner", "llm_textcat"),
    )
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each name that nobody known registers."""
    for fact in subject.of(Reference):
        shown = fact.target[:200]
        if fact.role == "registered-function":
            name = fact.target.partition(": ")[2]
            if name and not (_OWNERS.match(name) or _THINC.match(name)):
                yield Match(f"the pipeline needs {shown!r}", (fact,))
        elif fact.role == "component-factory":
            if fact.target not in _FACTORIES and "${" not in fact.target:
                yield Match(f"the pipeline needs a component {shown!r}", (fact,))
        elif fact.role == "component-source":
            leads = destination(fact.target)
            if leads != "inside":
                message = f"a component is taken of the pipeline {shown!r}, {CLAUSES[leads]}"
                yield Match(message, (fact,))
