"""An operator that reads or writes files.

What
----
The graph writes, reads or lists files, in a way that exports do not: a signature, the
initialisation or training reaches the operator, or the name of the file is a constant that is
absolute, climbs out of the folder, or is a URL. Every export has operators that save and restore
the model; they are ordinary as long as the name is handed to them and no signature reaches them.

Why
---
Whoever loads or serves the model lets it write files, such as start-up scripts, or read secrets
that it then gives back as outputs.

Remediation
-----------
Do not load or serve the model outside of a sandbox. Ask for one without such operators.

References
----------
- https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md
- https://cwe.mitre.org/data/definitions/73.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Graph, Reference
from modelassay.core.findings import Severity
from modelassay.core.graph import Entry, Node, Place
from modelassay.core.values import Const
from modelassay.rules.base import Match, Rule, Subject
from modelassay.rules.graphs import evidence
from modelassay.rules.paths import escape
from modelassay.rules.tf_operators import (
    FileOperator,
    catalogue,
    hazard,
    origins,
    reached,
    uses,
)

RULE = Rule(
    id="tf-file-operator",
    title="An operator that reads or writes files",
    severity=Severity.HIGH,
    remediation="Do not load or serve the model outside of a sandbox.",
    fires=(
        'graph tensorflow main() -> () { p: "/tmp/x"; w = WriteFile(p, d) }',
        'graph tensorflow main() -> () { p: "x"; w = WriteFile(p, d) }',
        "graph tensorflow main() -> () { n = Placeholder(); s = SaveV2(n, d) } "
        "entry signature serving_default main(s)",
        'graph tensorflow main() -> () { c = f[function -> f]() } f() -> () { p: "x"; '
        "r = ReadFile(p) } entry signature serving_default main(c)",
        'graph tensorflow main() -> () { p: "/home/*"; l = MatchingFiles(p) } '
        "entry signature serving_default main(l)",
        'graph tensorflow main() -> () { a: "~"; b: "/../../x"; j = StringJoin(a, b); '
        "w = RestoreV2(j) }",
        'graph tensorflow main() -> () { p = PrintV2[output_stream="file:///tmp/x"](t) }',
        'graph tensorflow main() -> () { d = DebugIdentity[debug_urls=["grpc://h:1"]](t) }',
        "graph tflite main(a) -> (b) { b = custom:FlexWriteFile(a) }",
        'reference asset "../../etc/passwd"',
    ),
    silent=(
        'graph tensorflow main() -> () { n: "model"; s: "/part"; '
        "p = PlaceholderWithDefault(n); j = StringJoin(p, s); w = SaveV2(j, d) }",
        "graph tensorflow main(a) -> () { i = InitializeTableFromTextFileV2(t, a) } "
        "entry init init_op main(i)",
        'graph tensorflow main() -> () { p = PrintV2[output_stream="stderr"](t) }',
        "graph tensorflow main() -> () { k = LookupTableExportV2(t) } "
        "entry signature serving_default main(k)",
        'graph tensorflow main() -> () { e: ""; c = CacheDataset(d, e) }',
        'reference asset "vocab.txt"',
    ),
    fires_at="inference",
    cwe=73,
    atlas="AML.T0018",
)

_VERBS: Final = {"write": "writes", "read": "reads", "list": "lists", "stream": "writes"}


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for every operator and way of reaching it."""
    known = catalogue().files
    for graph, use in uses(subject):
        operator = known.get(use.op)
        if operator is None:
            continue
        found: dict[str, tuple[Severity, list[Place]]] = {}
        for place in use.places:
            judged = _judge(graph, place, operator, reached(subject, graph).get(place))
            if judged is not None:
                found.setdefault(judged[0], (judged[1], []))[1].append(place)
        for message, (severity, places) in found.items():
            yield Match(f"{use.op} {message}", (_shown(graph, places, operator),), severity)
    for fact in subject.of(Reference):
        why = escape(fact.target) if fact.role == "asset" else None
        if why is not None:
            yield Match(f"the name of an asset {why}: {fact.target[:200]!r}", (fact,))


def _judge(
    graph: Graph, place: Place, operator: FileOperator, entry: Entry | None
) -> tuple[str, Severity] | None:
    node = graph.network.node(place)
    verb = _VERBS[operator.effect]
    where = hazard(graph.network, place[0], node, operator)
    if where is not None:
        bad = operator.effect == "write" or _streams(node, operator)
        tells = operator.effect == "read" or (operator.effect == "list" and not operator.saver)
        bad = bad or (tells and entry is not None)
        return f"{verb} {where}", Severity.HIGH if bad else Severity.MEDIUM
    if operator.effect == "stream" or not _names_file(graph, place, operator):
        return None
    if entry is None:
        ordinary = operator.saver or operator.effect != "write"
        return None if ordinary else (f"{verb} a file", Severity.MEDIUM)
    if operator.effect != "write" and operator.saver and entry.kind == "init":
        return None  # tables are filled from assets, variables from the checkpoint
    if operator.effect == "list" and operator.saver:
        return None
    bad = operator.effect == "write" or (operator.effect == "read" and not operator.saver)
    return f"{verb} a file when {_when(entry)}", Severity.HIGH if bad else Severity.MEDIUM


def _streams(node: Node, operator: FileOperator) -> bool:
    return operator.effect == "stream" and any(node.attr(name) for name in operator.attrs)


def _names_file(graph: Graph, place: Place, operator: FileOperator) -> bool:
    """Whether a name is there that is not the empty one, which means memory."""
    sources = origins(graph.network, place[0], graph.network.node(place), operator)
    return not sources or any(source.constant != Const("") for source in sources)


def _when(entry: Entry) -> str:
    if entry.kind == "init":
        return "the model is loaded"
    if entry.kind == "nested":
        return "the graph around it runs this one"
    return "it is trained" if entry.kind == "train" else f"{entry.name!r} is called"


def _shown(graph: Graph, places: list[Place], operator: FileOperator) -> Graph:
    """Return the operator with the nodes that make the name, as evidence."""
    network = graph.network
    behind: list[Place] = []
    for part, index in places[:2]:
        given = network.by_name[part].nodes[index].inputs[:2]
        behind += [p for p in network.slice(part, given, most=4) if p not in places]
    return evidence(graph, [*places[:2], *behind])
