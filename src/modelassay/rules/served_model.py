"""A configuration of Triton that has code or files of other places loaded.

What
----
The `config.pbtxt` of a model names a backend that Triton does not bring, a library of operators, an
agent, an environment, or a file that lies outside of the model's folder.

Why
---
The server loads a backend, an agent or a library of operators as native code, and unpacks and
starts an environment, when the model is loaded. A path that leads out of the folder opens whatever
lies there.

Remediation
-----------
Serve the model only with backends and libraries that you trust, from a repository whose files lie
in their folders.

References
----------
- https://github.com/triton-inference-server/server/blob/main/docs/user_guide/model_configuration.md
- https://github.com/triton-inference-server/python_backend
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.paths import CLAUSES, destination

RULE = Rule(
    id="served-model",
    title="A configuration of Triton that has code or files of other places loaded",
    severity=Severity.HIGH,
    remediation="Serve the model only with backends and libraries that you trust.",
    fires=(
        'reference triton-backend "python"',
        'reference triton-backend "acme"',
        'reference triton-library "libacme.so"',
        'reference triton-file "../../etc/passwd"',
        'reference triton-parameter "EXECUTION_ENV_PATH: /tmp/env.tar.gz"',
        'reference triton-agent "acme"',
        'reference triton-runtime "../libtriton_x.so"',
    ),
    silent=(
        'reference triton-backend "onnxruntime"',
        'reference triton-platform "tensorrt_plan"',
        'reference triton-file "model.onnx"',
        'reference triton-parameter "FORCE_CPU_ONLY_INPUT_TENSORS: no"',
        'reference triton-model "preprocessing"',
    ),
    cwe=829,
    atlas="AML.T0011.000",
)

_BACKENDS: Final = frozenset(
    (
        *("onnxruntime", "tensorrt", "tensorrtllm", "tensorflow", "pytorch", "openvino", "dali"),
        *(
            "fil",
            "vllm",
            "identity",
            "repeat",
            "square",
            "ensemble",
            "libtorch",
            "onnxruntime_onnx",
        ),
        *("armnn_tflite", "custom", "paddle", "mlflow", "hugectr", "tensorflow1", "tensorflow2"),
    )
)
#: Where the server itself puts the folder of the model.
_MODEL_FOLDER: Final = "$$TRITON_MODEL_DIRECTORY/"
_ENVIRONMENT: Final = "EXECUTION_ENV_PATH"


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each thing of that kind."""
    for fact in subject.of(Reference):
        if fact.role.startswith("triton-"):
            yield from _judge(fact, fact.target[:200])


def _judge(fact: Reference, shown: str) -> Iterator[Match]:
    role, target = fact.role, fact.target
    key, _, value = target.partition(": ")
    if role == "triton-backend" and target == "python":
        yield Match("the model is the Python of its model.py", (fact,), Severity.LOW)
    elif role in ("triton-backend", "triton-platform"):
        if "/" in target or ".." in target or "\\" in target:
            yield Match(f"a backend is named by a path: {shown!r}", (fact,))
        elif role == "triton-backend" and target and target not in _BACKENDS:
            message = f"the model needs a backend that Triton does not bring: {shown!r}"
            yield Match(message, (fact,), Severity.MEDIUM)
    elif role == "triton-agent" and target != "checksum":
        yield Match(f"an agent is loaded as a library: {shown!r}", (fact,), Severity.MEDIUM)
    elif role == "triton-library":
        yield from _path(fact, target, "a library of operators is", Severity.MEDIUM)
    elif role in ("triton-file", "triton-runtime"):
        yield from _path(fact, target, "the model is", None)
    elif role == "triton-parameter" and key == _ENVIRONMENT:
        inside = value.removeprefix(_MODEL_FOLDER)
        yield from _path(fact, inside, "Python is started in an environment", Severity.LOW)


def _path(fact: Reference, target: str, what: str, otherwise: Severity | None) -> Iterator[Match]:
    leads = destination(target)
    if leads != "inside":
        yield Match(f"{what} {target[:200]!r}, {CLAUSES[leads]}", (fact,))
    elif otherwise is not None:
        yield Match(f"{what} {target[:200]!r}", (fact,), otherwise)
