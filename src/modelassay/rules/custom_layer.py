"""A layer that the framework does not bring with it.

What
----
A network of OpenVINO has a layer of a set of operations that is none of OpenVINO's, or a CoreML
model has a layer or a model whose class the application has to supply.

Why
---
To run the model, a library with the layer has to be loaded first. What it does is in that native
code, which no look at the model can tell.

Remediation
-----------
Find out which library the layer comes from, and load the model only with one that you trust.

References
----------
- https://docs.openvino.ai/2025/documentation/openvino-extensibility.html
- https://apple.github.io/coremltools/mlmodel/Format/NeuralNetwork.html#customlayerparams
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="custom-layer",
    title="A layer that the framework does not bring with it",
    severity=Severity.MEDIUM,
    remediation="Load the model only with a library of layers that you trust.",
    fires=('reference custom-layer "custom_ext::Evil"', 'reference custom-layer "MyLayer"'),
    silent=('reference weight-file "model.bin"',),
    fires_at="inference",
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each kind of layer."""
    for fact in subject.of(Reference):
        if fact.role == "custom-layer":
            yield Match(f"the model needs a layer {fact.target[:200]!r}", (fact,))
