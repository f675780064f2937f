"""A layer that the framework does not bring with it.

What
----
A network of OpenVINO has a layer of a set of operations that is none of OpenVINO's, or that no set
of OpenVINO has; or a model of CoreML, TensorFlow.js or MXNet has a layer or a model whose class the
application has to supply.

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

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="custom-layer",
    title="A layer that the framework does not bring with it",
    severity=Severity.MEDIUM,
    remediation="Load the model only with a library of layers that you trust.",
    fires=(
        'reference custom-layer "custom_ext::Evil"',
        'reference custom-layer "MyLayer"',
        'reference opset-layer "opset1::NoSuchLayer"',
    ),
    silent=(
        'reference weight-file "model.bin"',
        'reference opset-layer "opset1::MatMul"',
        'reference custom-layer "groupnorm"',
    ),
    fires_at="inference",
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each kind of layer."""
    for fact in subject.of(Reference):
        if fact.role == "opset-layer":
            known = fact.target.rpartition("::")[2] in _listed("openvino_operators", "opset")
        elif fact.role == "custom-layer":
            known = fact.target in _listed("coreml_layers", "custom")
        else:
            continue
        if not known:
            yield Match(f"the model needs a layer {fact.target[:200]!r}", (fact,))


@cache
def _listed(file: str, domain: str) -> frozenset[str]:
    """Return the operations of OpenVINO, or the custom layers of Core ML that a reader knows."""
    text = files("modelassay.rules.data").joinpath(f"{file}.json").read_text("utf-8")
    return frozenset(json.loads(text)["domains"][domain])
