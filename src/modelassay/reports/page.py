"""The documentation page of a rule, as Markdown: its docstring, its metadata, its examples."""

from __future__ import annotations

import inspect

from modelassay.rules import Entry
from modelassay.rules.base import Rule


def page(entry: Entry) -> str:
    """Return the page of a rule."""
    module = entry.load()
    rule: Rule = module.RULE
    _, _, body = inspect.cleandoc(module.__doc__ or "").partition("\n")
    before, references, after = body.strip().partition("References\n----------\n")
    parts = [
        f"# {rule.id}",
        f"{rule.title}.",
        _metadata(rule),
        before.strip(),
        f"Examples\n--------\n{_examples(rule)}",
        references + after,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _metadata(rule: Rule) -> str:
    rows = {
        "Severity": f"up to {rule.severity}",
        "Confidence": rule.confidence,
        "Fires": "never by itself" if rule.fires_at == "never" else f"at {rule.fires_at}",
        "CWE": f"CWE-{rule.cwe}" if rule.cwe else "",
        "MITRE ATLAS": rule.atlas or "",
        "OWASP": rule.owasp,
        "CVE": ", ".join(rule.cve),
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items() if value]
    return "\n".join(["| | |", "|---|---|", *lines])


def _examples(rule: Rule) -> str:
    """Write each example as the facts of one file, in the notation of evidence."""
    return "\n\n".join(
        f"{title}:\n\n```text\n{_facts(examples)}\n```"
        for title, examples in (("It fires on", rule.fires), ("It is silent on", rule.silent))
        if examples
    )


def _facts(examples: tuple[tuple[str, ...] | str, ...]) -> str:
    """Facts of one file stand together, an empty line parts the files where one has several."""
    files = [(one,) if isinstance(one, str) else one for one in examples]
    gap = "\n" if all(len(facts) == 1 for facts in files) else "\n\n"
    return gap.join("\n".join(facts) for facts in files)
