"""A template that takes time or memory without bound.

What
----
A chat template loops a fixed number of times that no conversation needs, has a macro that calls
itself whatever it is given, makes text by repeating it or padding it to a huge width, raises a
number to a huge power, or is nested deeper than parsers go.

Why
---
The template is rendered for every request: one such loop stops the program that serves the model,
whatever the request was.

Remediation
-----------
Replace the template by the one its author publishes.

References
----------
- https://cwe.mitre.org/data/definitions/400.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Template
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="template-exhaustion",
    title="A template that takes time or memory without bound",
    severity=Severity.HIGH,
    remediation="Replace the template by the one its author publishes.",
    fires=(
        'template loop "for" [1000000000] @line 1',
        'template loop "**" [2000000] @line 1',
        'template loop "macro f" [4611686018427387904] @line 1',
        'anomaly template-nesting "the template is nested too deep" @line 1',
    ),
    silent=('template loop "for" [20000] @line 1', 'template call "range" [10] @line 1'),
    fires_at="inference",
    cwe=400,
    atlas="AML.T0029",
)

_MANY: Final = 100_000
_TOO_MANY: Final = 1_000_000
_ENDLESS: Final = 1 << 62


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such loop or product."""
    for fact in subject.of(Template):
        times = fact.args[0] if fact.does == "loop" and fact.args else None
        if not isinstance(times, Const) or not isinstance(times.value, int):
            continue
        if times.value >= _MANY:
            severity = Severity.HIGH if times.value >= _TOO_MANY else Severity.MEDIUM
            often = "without end" if times.value >= _ENDLESS else f"{times.value} times over"
            message = f"rendering does {fact.chain[0]!r} {often}"
            yield Match(message, (fact,), severity)
    for anomaly in subject.of(Anomaly):
        if anomaly.kind == "template-nesting":
            yield Match(anomaly.message, (anomaly,), Severity.MEDIUM)
