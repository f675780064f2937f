"""A PMML model that calls a Java class or holds a script.

What
----
A function that the model applies is named like a class of Java; or an extension of the model holds
a script, or text that is code of Java.

Why
---
Scoring engines look such a name up as a class of the process and call it with values of the model.
Which classes there are depends on the program, and not on the model. Extensions are left to the
engine: some run the scripts in them.

Remediation
-----------
Find out which class or script it is, and whether it is made for this.

References
----------
- https://github.com/jpmml/jpmml-evaluator
- https://cwe.mitre.org/data/definitions/470.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Metadata, Reference
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="pmml-function",
    title="A PMML model that calls a Java class or holds a script",
    severity=Severity.MEDIUM,
    remediation="Find out which class is called, and whether it is made for this.",
    fires=(
        'reference java-class "com.example.Evil"',
        'reference pmml-script "script"',
        'metadata "Extension x" = "Runtime.getRuntime().exec(cmd)"',
    ),
    silent=(
        'reference module "com.example.Evil"',
        'metadata "Extension x" = "version 1.2 of the runtime"',
        'metadata "other" = "Runtime.getRuntime()"',
    ),
    fires_at="inference",
    cwe=470,
    atlas="AML.T0011.000",
)


_CODE: Final = re.compile(
    r"\bRuntime\.getRuntime\b|\bProcessBuilder\b|\bjava\.(?:lang|io|net)\.\w+|\bjavax\.\w+"
    r"|\bScriptEngine\w*|\beval\s*\(|__import__|\bos\.(?:system|popen)\b|<\s*script\b"
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each class."""
    for fact in subject.of(Reference):
        if fact.role == "java-class":
            yield Match(f"the model calls the Java class {fact.target[:200]!r}", (fact,))
        elif fact.role == "pmml-script":
            yield Match(f"the model holds an element {fact.target[:200]!r}", (fact,))
    for said in subject.of(Metadata):
        text = said.value.value if isinstance(said.value, Const) else None
        found = _CODE.search(text) if isinstance(text, str) else None
        if found is not None and said.key.startswith("Extension"):
            yield Match(f"an extension of the model holds {found[0]!r}", (said,))
