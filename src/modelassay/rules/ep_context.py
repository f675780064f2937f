"""A part of the model compiled for an accelerator, that nobody can read.

What
----
An `EPContext` operator of ONNX Runtime stands for a part of the graph that was compiled for some
hardware. The compiled program is in the operator itself, or in the file it names.

Why
---
The driver of the hardware loads the program as it is. What it computes cannot be told, and a name
that leads out of the folder makes the driver read any file.

Remediation
-----------
Ask for the model before it was compiled, and compile it yourself.

References
----------
- https://onnxruntime.ai/docs/execution-providers/EP-Context-Design.html
- https://cwe.mitre.org/data/definitions/829.html
"""

from __future__ import annotations

from collections.abc import Iterator

from modelassay.core.facts import Graph
from modelassay.core.findings import Severity
from modelassay.core.graph import Node
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence
from modelassay.rules.paths import escape

RULE = Rule(
    id="ep-context",
    title="A part of the model compiled for an accelerator, that nobody can read",
    severity=Severity.HIGH,
    remediation="Ask for the model before it was compiled, and compile it yourself.",
    fires=(
        "graph onnx main(x) -> (y) "
        '{ y = com.microsoft:EPContext[embed_mode=0, ep_cache_context="../q.bin"](x) }',
        "graph onnx main(x) -> (y) "
        '{ y = com.microsoft:EPContext[embed_mode=0, ep_cache_context="q.bin"](x) }',
        "graph onnx main(x) -> (y) "
        "{ y = com.microsoft:EPContext[embed_mode=1, ep_cache_context=b'QNN'...4096](x) }",
    ),
    silent=("graph onnx main(x) -> (y) { y = com.microsoft:FusedGelu(x) }",),
    fires_at="load",
    cwe=829,
    atlas="AML.T0011.000",
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every such operator."""
    for graph in subject.of(Graph):
        if all(op != "EPContext" for _, op in graph.network.operators):
            continue
        for part, index, node in graph.network.nodes():
            if node.op == "EPContext":
                message, severity = _judge(node)
                yield Match(message, (evidence(graph, [(part.name, index)]),), severity)


def _judge(node: Node) -> tuple[str, Severity]:
    mode, context = node.attr("embed_mode"), node.attr("ep_cache_context")
    if isinstance(mode, Const) and mode.value == 0 and isinstance(context, Const):
        path = str(context.value)
        why = escape(path)
        if why is not None:
            return f"the name of a compiled program {why}: {path[:200]!r}", Severity.HIGH
        return f"the model runs the compiled program {path[:200]!r}", Severity.MEDIUM
    return "the model runs a compiled program that it brings with it", Severity.MEDIUM
