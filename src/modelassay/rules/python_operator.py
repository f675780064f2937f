"""An operator that runs Python code of the loading process.

What
----
The graph has an operator that calls a Python function: `PyOp` of ONNX Runtime and its extensions,
`PyFunc` and its kin in TensorFlow, or the same in TensorFlow Lite by way of Flex.

Why
---
What it runs is no part of the model. The function is found by its name or number in the process
that runs the model, or in a module that the operator names: a model can so call what it likes of
what is installed there.

Remediation
-----------
Do not run the model. Ask for one that is made of the framework's own operators.

References
----------
- https://www.tensorflow.org/api_docs/python/tf/numpy_function
- https://github.com/microsoft/onnxruntime-extensions
- https://cwe.mitre.org/data/definitions/94.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Graph
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence, listed, operators

_PYTHON: Final = {
    "onnx": frozenset(("PyOp", "PyCustomOp", "PythonOp", "PythonOpGrad")),
    "tensorflow": frozenset(("PyFunc", "PyFuncStateless", "EagerPyFunc", "NumpyFunction")),
}

RULE = Rule(
    id="python-operator",
    title="An operator that runs Python code of the loading process",
    severity=Severity.HIGH,
    remediation="Do not run the model. Ask for one made of the framework's own operators.",
    fires=(
        'graph onnx main(x) -> (y) { y = ai.onnx.contrib:PyOp[module="os", compute="system"](x) }',
        'graph tensorflow main() -> () { n = PyFunc[token="pyfunc_0"](p) }',
        "graph tflite main(a) -> (b) { b = custom:FlexPyFunc(a) }",
    ),
    silent=(
        "graph onnx main(x) -> (y) { y = Relu(x) }",
        "graph tensorflow main() -> () { n = Placeholder() }",
    ),
    fires_at="inference",
    cwe=94,
    atlas="AML.T0018",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each such operator."""
    for graph in subject.of(Graph):
        for use in operators(graph):
            if use.op in _PYTHON.get(use.dialect, ()):
                text = f"the graph runs Python code by {use.op}{listed(use)}"
                yield Match(text, (evidence(graph, use.places),))
