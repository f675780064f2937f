"""A graph of MediaPipe that opens or writes files of other places.

What
----
A calculator of the graph is given a file by an absolute path, a path that climbs out of its folder,
or a URL, or the profiler of the graph writes a trace to a path.

Why
---
The file is opened, or written, when the graph is started, with the rights of the application.

Remediation
-----------
Ask for a graph whose files lie beside it, and turn the trace off.

References
----------
- https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/framework/calculator.proto
- https://cwe.mitre.org/data/definitions/22.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination

RULE = Rule(
    id="calculator-file",
    title="A graph of MediaPipe that opens or writes files of other places",
    severity=Severity.MEDIUM,
    remediation="Ask for a graph whose files lie beside it.",
    fires=(
        'reference calculator-file "/etc/passwd" @InferenceCalculator',
        'reference calculator-file "../../x.tflite" @InferenceCalculator',
        'reference trace-file "/home/someone/.bashrc"',
    ),
    silent=(
        'reference calculator-file "mediapipe/modules/face/face.tflite" @InferenceCalculator',
        'reference calculator "InferenceCalculator"',
    ),
    cwe=22,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such file."""
    for fact in subject.of(Reference):
        leads = destination(fact.target)
        if fact.role == "trace-file":
            yield Match(f"a trace is written to {fact.target[:200]!r}", (fact,))
        elif fact.role == "calculator-file" and leads != "inside":
            message = f"a calculator opens {fact.target[:200]!r}, {CLAUSES[leads]}"
            yield Match(message, (fact,))
