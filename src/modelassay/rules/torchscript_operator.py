"""An operator of TorchScript that reaches out of the model.

What
----
The code of a TorchScript archive, the bytecode of one for mobile, or a graph of ONNX that runs
operators of PyTorch by their names (`ATen`), names an operator that opens files, talks to other
machines or calls back into Python; or one of a namespace, or a class written in C++, that neither
PyTorch nor a well-known library registers; or it hands a whole namespace about, so that which
operator it uses cannot be told.

Why
---
TorchScript is a program. It is confined to its operators, and some of those write and read files
at paths that the model chooses: `torch.save` and `torch.from_file` may be called in any method.
Methods called `__setstate__` run while the archive is loaded, all others when the model is run.
Before PyTorch 2.6 an archive was loaded so even where only weights were asked for
(CVE-2025-32434). The operators of other namespaces are native code of whatever library registers
them.

Remediation
-----------
Do not load a model that names host operators. For a custom namespace, find out which library has
it, and load the model only with one that you trust.

References
----------
- https://pytorch.org/docs/stable/jit_language_reference.html
- https://nvd.nist.gov/vuln/detail/CVE-2025-32434
- https://github.com/pytorch/pytorch/blob/main/SECURITY.md
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from modelassay.core.facts import Code, CodeReference, Graph
from modelassay.core.findings import Severity
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence, operators

RULE = Rule(
    id="torchscript-operator",
    title="An operator of TorchScript that reaches out of the model",
    severity=Severity.CRITICAL,
    remediation="Do not load a model whose code opens files or needs operators you do not know.",
    fires=(
        'code torchscript "code/__torch__.py" torch.ops.aten.save()',
        'code torchscript "code/__torch__.py" torch.ops.aten.from_file()',
        'code torchscript "bytecode" torch.ops.mine.run()',
        'code torchscript "code/__torch__.py" torch.classes.mine.Loader',
        'code torchscript "code/__torch__.py" "torch.ops.*"',
        'graph onnx main(x) -> (y) { y = org.pytorch.aten:ATen[operator="from_file"](x) }',
    ),
    silent=(
        'code torchscript "code/__torch__.py" torch.ops.aten.conv2d() "?.forward"()',
        'code torchscript "code/__torch__.py" torch.ops.quantized.linear() '
        "torch.classes.quantized.LinearPackedParamsBase",
        'code torchscript "code/__torch__.py" torch.ops.prim.RaiseException()',
        'graph onnx main(x) -> (y) { y = org.pytorch.aten:ATen[operator="native_norm"](x) }',
    ),
    fires_at="inference",
    cwe=829,
    atlas="AML.T0011.000",
    cve=("CVE-2025-32434",),
)

#: What names operators: code of TorchScript, and the nodes of an exported graph.
_LANGUAGES: Final = ("torchscript", "torch-export")
_LOADING: Final = "__setstate__"
#: The operator of ONNX that runs an operator of PyTorch by its name.
_BY_NAME: Final = "ATen"
_KINDS: Final = {"ops": "operator", "classes": "class"}


class _Known(msgspec.Struct):
    host: dict[str, tuple[Severity, str]]
    network_classes: frozenset[str]
    operators: frozenset[str]
    classes: frozenset[str]


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each name of each part of the code that is not one of a model's own."""
    for code in subject.of(Code):
        if code.language in _LANGUAGES:
            yield from _check(code)
    for graph in subject.of(Graph):
        if graph.dialect == "onnx":
            yield from _exported(graph)


def _exported(graph: Graph) -> Iterator[Match]:
    """Yield a match for each operator of PyTorch's host that a graph of ONNX names by `ATen`."""
    for use in operators(graph):
        if use.op != _BY_NAME:
            continue
        for place in use.places:
            named = graph.network.node(place).attr("operator")
            text = named.value if isinstance(named, Const) else None
            name = str(text).replace("::", ".").removeprefix("aten.")
            judged = _known().host.get(f"torch.ops.aten.{name}")
            if judged is not None:
                message = f"the graph names the operator {name!r} of PyTorch: it {judged[1]}"
                yield Match(message, (evidence(graph, [place]),), judged[0])


def _check(code: Code) -> Iterator[Match]:
    grouped: dict[tuple[Severity, str], list[CodeReference]] = {}
    for reference in code.references:
        judged = _judge(reference)
        if judged is not None:
            grouped.setdefault(judged, []).append(reference)
    for (severity, what), references in grouped.items():
        loads = any(reference.path.rpartition(".")[2] == _LOADING for reference in references)
        shown = ", ".join(dict.fromkeys(_show(reference) for reference in references[:5]))
        fact = msgspec.structs.replace(code, references=tuple(references), listing=())
        yield Match(
            f"the code names {shown}: {what}",
            (fact,),
            severity=severity,
            fires_at="load" if loads else None,
            confidence="medium" if references[0].name.startswith("?") else None,
        )


def _judge(reference: CodeReference) -> tuple[Severity, str] | None:
    """Return how bad it is to name this, and why; `None` if it is not."""
    known = _known()
    if reference.name in known.host:
        severity, what = known.host[reference.name]
        return severity, f"it {what}"
    parts = reference.name.split(".")
    if parts[0] != "torch" or len(parts) < 3 or parts[1] not in _KINDS:
        return None
    kind, namespace = _KINDS[parts[1]], parts[2]
    # An overload may follow the name, `save.default`.
    base = known.host.get(".".join(parts[:4]))
    if base is not None:
        return base[0], f"it {base[1]}"
    if parts[-1] == "*":
        return Severity.HIGH, f"which {kind} of the namespace is used cannot be told"
    if kind == "class" and namespace in known.network_classes:
        return Severity.HIGH, "it talks to other machines"
    if namespace in (known.operators if kind == "operator" else known.classes):
        return None
    return Severity.MEDIUM, f"no {kind} of the namespace {namespace[:100]!r} is known"


def _show(reference: CodeReference) -> str:
    arguments = ", ".join(repr(argument) for argument in reference.args)
    return f"{reference.name}{f'({arguments})' if reference.called else ''}"[:200]


@cache
def _known() -> _Known:
    text = files("modelassay.rules.data").joinpath("torch_operators.json").read_bytes()
    return msgspec.json.decode(text, type=_Known)
