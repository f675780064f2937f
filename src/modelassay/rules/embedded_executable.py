"""A native program or library where a model should be.

What
----
Bytes of the file, of what stands behind or inside it, or of a member, are an executable of Linux,
Windows or macOS. Its headers were followed; a signature alone is not reported.

Where it is a file of software that was scanned whole, it is low: a Python distribution, installed
or as a wheel, whose `RECORD` names it with its digest, or the WebAssembly of a package of npm.

Why
---
Weights need no machine code. A library is code that loading may run; a program behind the tensors
is a payload that waits for something to start it.

Remediation
-----------
Do not load the model until somebody knows what the program is and why it is there.

References
----------
- https://attack.mitre.org/techniques/T1027/009/
- https://cwe.mitre.org/data/definitions/506.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Executable, Metadata
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="embedded-executable",
    title="A native program or library where a model should be",
    severity=Severity.HIGH,
    remediation="Do not load the model until somebody knows what the program is.",
    fires=("executable elf size 4096 @0", "executable pe @0"),
    silent=('anomaly executable-header "the sections end behind the file" @0',),
    fires_at="load",
    cwe=506,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each executable, less sure where its headers do not hold together."""
    broken = next(subject.anomalies("executable-header"), None)
    software = next((fact for fact in subject.of(Metadata) if fact.key == "software"), None)
    for fact in subject.of(Executable):
        message = f"an executable of the format {fact.type} stands here"
        if software is not None:
            owner = software.value.value if isinstance(software.value, Const) else ""
            message = f"{message}, a file of {owner!s}"
            yield Match(message, (fact, software), severity=Severity.LOW)
        elif broken is None:
            yield Match(message, (fact,))
        else:
            yield Match(f"{message}; {broken.message}", (fact, broken), confidence="medium")
