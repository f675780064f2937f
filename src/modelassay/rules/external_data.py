"""Weights that are read from a file outside of the model's folder.

What
----
A tensor of an ONNX model lies in another file, and the name of that file is absolute, climbs out
of the folder, is a URL, or marks an address in memory; or its entry has keys and figures that no
exporter writes. Tensors are looked for everywhere: initializers, attributes, subgraphs, functions
and training graphs.

Why
---
Loading the model reads the named file into a tensor, which the model can then return, and saving
it again writes there. Loaders have checked such names badly more than once, and some took any key
of the entry as an attribute to set.

Remediation
-----------
Do not load the model. Ask for one whose weights lie beside it or inside it.

References
----------
- https://onnx.ai/onnx/repo-docs/ExternalData.html
- https://cwe.mitre.org/data/definitions/22.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import escape

#: ONNX Runtime takes the offset for an address where the location is this.
_IN_MEMORY: Final = "*/_ORT_MEM_ADDR_/*"

#: Loading and saving went by such names, and took any key as an attribute.
_NAMES: Final = ("CVE-2022-25882", "CVE-2024-27318", "CVE-2025-51480")
_KEYS: Final = ("CVE-2026-34445",)

RULE = Rule(
    id="external-data",
    title="Weights that are read from a file outside of the model's folder",
    severity=Severity.HIGH,
    remediation="Do not load the model. Ask for one whose weights lie beside it or inside it.",
    fires=(
        'reference external-data "/etc/hostname" @main/0',
        'reference external-data "a/../../../../etc/hostname" @main/0',
        'reference external-data "..\\\\secret.bin" @main/0',
        'reference external-data "C:\\\\secret.bin" @main/0',
        'reference external-data "file:secret.bin" @main/0',
        'reference external-data "https://models.example/w.bin" @main/0',
        'reference external-data "w.bin\\x00.onnx" @main/0',
        'reference external-data "*/_ORT_MEM_ADDR_/*" @main/0',
        'reference external-data "" @main/0',
        "anomaly external-data-key \"tensor 'w' has external data with the key 'x'\" \"x\" @main/0",
        "anomaly external-data-range \"tensor 'w' has external data of offset '-1'\" \"-1\"",
    ),
    silent=(
        'reference external-data "model.onnx.data" @main/0',
        'reference external-data "./weights/w..0.bin" @main/0',
        'reference url "https://models.example/w.bin"',
    ),
    cwe=22,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such name, and for entries that are odd in other ways."""
    for fact in subject.of(Reference):
        if fact.role != "external-data":
            continue
        why = "marks an address in memory" if fact.target == _IN_MEMORY else escape(fact.target)
        if why is not None:
            message = f"the name of the file of a tensor {why}: {fact.target[:200]!r}"
            yield Match(message, (fact,), cve=_NAMES)
        elif not fact.target:
            yield Match("a tensor lies in a file without a name", (fact,), Severity.MEDIUM)
    for anomaly in subject.anomalies("external-data-key", "external-data-range"):
        yield Match(anomaly.message, (anomaly,), Severity.MEDIUM, cve=_KEYS)
