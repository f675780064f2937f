"""An operator that the framework does not bring with it.

What
----
The graph uses an operator of a domain or of a name that the framework does not know, and that no
function inside the model defines.

Why
---
To run the model, a library with the operator has to be loaded first. What the operator does is in
that native code, which no look at the model can tell.

Remediation
-----------
Find out which library the operator comes from, and load the model only with one that you trust.

References
----------
- https://onnxruntime.ai/docs/reference/operators/add-custom-op.html
- https://www.tensorflow.org/guide/create_op
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from modelassay.core.facts import Graph
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import Use, evidence, listed, operators

#: Domains whose operators come with ONNX Runtime, or are a matter of other rules.
_RUNTIME: Final = frozenset(
    (
        "com.microsoft",
        "com.microsoft.nchwc",
        "com.microsoft.experimental",
        "com.microsoft.dml",
        "com.ms.internal.nhwc",
        "com.ms.internal.xnnpack",
        "ai.onnx.training",
    )
)
#: Of a well-known package, that has to be registered all the same.
_EXTENSIONS: Final = frozenset(("ai.onnx.contrib", "com.microsoft.extensions"))

RULE = Rule(
    id="custom-operator",
    title="An operator that the framework does not bring with it",
    severity=Severity.MEDIUM,
    remediation="Load the model only with a library of operators that you trust.",
    fires=(
        "graph onnx main(x) -> (y) { y = evil.custom:EvilOp(x) }",
        "graph onnx main(x) -> (y) { y = ai.onnx.contrib:BertTokenizer(x) }",
        "graph onnx main(x) -> (y) { y = NoSuchOperator(x) }",
        "graph tensorflow main() -> () { n = LoadLibraryZZ(p) }",
        "graph tfjs main() -> () { n = EvilOp(x) }",
        "graph tflite main(a) -> (b) { b = custom:EvilCustomOp(a) }",
    ),
    silent=(
        "graph onnx main(x) -> (y) { y = com.microsoft:FusedGelu(x) }",
        'graph onnx main(x) -> (y) { y = my:F[function -> "my:F"](x) } '
        '"my:F"(a) -> (b) { b = Relu(a) }',
        "graph tensorflow main() -> () { n = StatefulPartitionedCall() }",
        "graph tfjs main() -> () { n = _FusedConv2D(x) }",
        "graph tflite main(a) -> (b) "
        "{ b = CONV_2D(a); c = custom:TFLite_Detection_PostProcess(b) }",
    ),
    fires_at="inference",
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such operator."""
    for graph in subject.of(Graph):
        parts = graph.network.by_name
        for use in operators(graph):
            severity = _judge(use)
            name = f"{use.domain}:{use.op}"
            vouched = subject.vouches(name.lstrip(":"))
            if severity and not vouched and name not in parts and use.op not in parts:
                text = f"the framework has no operator {name.lstrip(':')[:200]!r}{listed(use)}"
                yield Match(text, (evidence(graph, use.places),), severity)


def _judge(use: Use) -> Severity | None:
    """Return how bad it is to need such an operator; `None` where the framework has it."""
    if use.dialect == "onnx":
        known = _known("onnx_operators.json").get(use.domain)
        if use.domain in _RUNTIME or (known is not None and use.op in known):
            return None
        return Severity.LOW if known is not None or use.domain in _EXTENSIONS else Severity.MEDIUM
    if use.dialect == "tensorflow":
        return None if use.op in _known("tf_operators.json")[""] else Severity.MEDIUM
    if use.dialect == "tfjs":
        return None if use.op in _known("tfjs_operators.json")[""] else Severity.MEDIUM
    if use.dialect == "tflite" and use.domain == "custom":
        return None if use.op in _known("tflite_operators.json")["custom"] else Severity.MEDIUM
    return None


@cache
def _known(file: str) -> dict[str, frozenset[str]]:
    """Return the operators a framework has, by domain."""
    text = files("modelassay.rules.data").joinpath(file).read_text("utf-8")
    return {domain: frozenset(names) for domain, names in json.loads(text)["domains"].items()}
