"""A template that reaches for the machinery behind its values.

What
----
A chat template follows private names of Python (`__class__`, `__globals__`, `_module`), takes
attributes by computed names, formats strings with fields that follow attributes, starts from
Jinja's own functions instead of calling them, or brings in other templates. Names that are pieced
together from constants are read as what they amount to. A template that stands under a plain name
beside the one that brings it in is scanned as it is, so that naming it is of low severity.

Why
---
From any value Python's own names lead to every class and module of the process, and so to a shell.
Whoever renders the template outside of a sandbox runs it at the first request: programs that serve
GGUF models have done so more than once, and sandboxes have been left. No template of a published
model needs such a name.

Remediation
-----------
Do not load the model in a program that renders its template. Replace the template by the one its
author publishes.

References
----------
- https://jinja.palletsprojects.com/en/stable/sandbox/
- CVE-2024-34359: llama-cpp-python rendered templates of GGUF files without a sandbox
- CVE-2026-5760: SGLang does so when it is asked to rerank (CERT/CC VU#915947)
- https://cwe.mitre.org/data/definitions/1336.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Metadata, Template
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="template-escape",
    title="A template that reaches for the machinery behind its values",
    severity=Severity.CRITICAL,
    remediation="Replace the template by the one its author publishes; do not render this one.",
    fires=(
        'template call "()" "__class__" "__base__" "__subclasses__" @line 1',
        'template get "cycler" "__init__" "__globals__" "os" @line 3',
        'template get "messages" "_module" @line 1',
        'template filter "messages" "attr" [?] @line 1',
        'template get "messages" "?text" @line 1',
        'template call "\'{0.__class__}\'" "format" [?] @line 1',
        'template load "include" ["/etc/passwd"] @line 1',
        'template load "import" ["macros.jinja"] @line 1',
    ),
    silent=(
        'template get "message" "content" @line 2',
        'template call "namespace" [0] @line 1',
        'template call "\'{} of {}\'" "format" [1, 2] @line 1',
        'template filter "tools" "tojson" @line 4',
        'template get "options" "__NOT_A_NUMBER__" @line 4',
    ),
    fires_at="inference",
    cwe=1336,
    atlas="AML.T0011.000",
)

#: Of templates in GGUF files, which programs rendered without a sandbox.
_IN_GGUF: Final = ("CVE-2024-34359", "CVE-2026-5760")

_MAGIC: Final = re.compile(r"__\w+__\Z")
_FRAMES: Final = re.compile(
    r"(mro|[a-z]{1,2}_(frame|code|globals|builtins|back|closure)|func_\w+)\Z"
)
_FIELD: Final = re.compile(r"\{[^{}]*[.\[][^{}]*_")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][\w-]*(\.[A-Za-z]\w*){1,3}\Z")
#: Functions of Jinja that are called, never looked into.
_FUNCTIONS: Final = {"lipsum", "cycler", "joiner"}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each severity there is a cause for, with all its facts."""
    causes: dict[Severity, list[tuple[str, Template]]] = {}
    in_gguf = any(
        fact.key == "held by" and fact.value == Const("gguf") for fact in subject.of(Metadata)
    )
    for fact in subject.of(Template):
        judged = _judge(fact, alone=in_gguf)
        if judged is not None:
            causes.setdefault(judged[0], []).append((judged[1], fact))
    for severity, found in causes.items():
        message, _ = max(found, key=lambda cause: len(cause[1].chain))
        cve = _IN_GGUF if in_gguf and severity is Severity.CRITICAL else ()
        yield Match(message, tuple(fact for _, fact in found), severity, cve=cve)


def _judge(fact: Template, alone: bool) -> tuple[Severity, str] | None:
    """Return what is wrong with a deed; a template that stands `alone` has none beside it."""
    path = ".".join(fact.chain)[:300]
    if fact.does == "emit":
        return None
    if fact.does == "load":
        severity = Severity.HIGH if alone or not _beside(fact) else Severity.LOW
        return severity, f"the template brings in another one by {path}"
    names = fact.chain[1:] if len(fact.chain) > 1 else fact.chain
    names = tuple(name for name in names if not name.isupper())  # as Python writes constants
    if any(_MAGIC.match(name) or _FRAMES.match(name) for name in names):
        return Severity.CRITICAL, f"the template reaches {path}"
    if "?text" in names:
        return Severity.HIGH, f"the template pieces the name of a part together: {path}"
    if any(name.startswith("_") and len(name) > 1 for name in names):
        return Severity.HIGH, f"the template reaches the private name {path}"
    if (
        fact.does != "get"
        and fact.chain[-1] in ("format", "format_map")
        and _FIELD.search(fact.chain[0])
    ):
        return Severity.CRITICAL, f"a string is formatted with fields that reach {path}"
    if fact.does == "filter" and fact.chain[-1] == "attr":
        if _known(fact):
            return Severity.MEDIUM, f"the template takes an attribute by name: {path}"
        return Severity.HIGH, f"the template takes an attribute by a computed name: {path}"
    if fact.does == "get" and fact.chain[0] in _FUNCTIONS and fact.chain[1:2] != ("()",):
        return Severity.HIGH, f"the template looks into a function: {path}"
    return None


def _beside(fact: Template) -> bool:
    """Whether the template brought in stands under a plain name beside this one, scanned too."""
    name = fact.args[0].value if _known(fact) and isinstance(fact.args[0], Const) else None
    return isinstance(name, str) and _PLAIN.match(name) is not None


def _known(fact: Template) -> bool:
    return bool(fact.args) and isinstance(fact.args[0], Const)
