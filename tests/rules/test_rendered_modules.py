"""Modules of torch-geometric: giving them a state writes Python of what it holds, and runs it.

Their state also carries the source text of their class, in which annotations are evaluated, so that
an honest one is a question and no more; what can only be meant badly is told.
"""

from __future__ import annotations

import pytest

from tests.helpers.scanning import rules_of, scan_bytes

ROOM = b"ctorch_geometric.inspector\n"
EMPTY = b"cinspect\n_empty\n"


def text(value: str) -> bytes:
    """Push text."""
    return b"V" + value.encode("unicode-escape") + b"\n"


def parameter(name: str = "x_j", kind: str = "Tensor", default: bytes = EMPTY) -> bytes:
    """Push a parameter of a method."""
    kinds = b"ctorch\nTensor\n" + text(kind)
    return ROOM + b"Parameter\n(" + text(name) + kinds + default + b"t\x81"


def model(
    key: str = "x_j", kind: str = "Tensor", result: str = "Tensor", default: bytes = EMPTY
) -> bytes:
    """Return a pickled convolution whose inspector knows one method of one parameter."""
    pairs = b"}(" + text(key) + parameter(kind=kind, default=default) + b"u"
    signature = ROOM + b"Signature\n(" + pairs + b"ctorch\nTensor\n" + text(result) + b"t\x81"
    kept = b"}(V_cls\nctorch_geometric.nn.conv.gcn_conv\nGCNConv\n"
    kept += b"V_signature_dict\n}(Vmessage\n" + signature + b"uu"
    inspector = ROOM + b"Inspector\n)\x81" + kept + b"b"
    return convolution(inspector)


def convolution(inspector: bytes) -> bytes:
    """Return a pickled convolution that holds an inspector."""
    state = b"}(Vtraining\n\x88Vfuse\n\x89Vinspector\n" + inspector + b"ub"
    return b"\x80\2ctorch_geometric.nn.conv.gcn_conv\nGCNConv\n)\x81" + state + b"."


def test_an_honest_one_is_a_question() -> None:
    report = scan_bytes(model())
    assert rules_of(report) == {"unrecognised-class": "medium"}
    assert "__setstate__" in report.findings[0].message


@pytest.mark.parametrize(
    "data",
    [
        model(key="x_j = print(1)"),
        model(kind="print(1)"),
        model(result="Tensor:\n print(1)"),
        model(default=text("print(1)")),
        model(kind="Tensor\nimport os"),
        convolution(b"}V_modules\n]Vos;print(1)\nas"),
        convolution(ROOM + b"Inspector\n)\x81}V_signature_dict\n}Vmessage\n}ssb"),
    ],
    ids=["key", "kind", "result", "default", "line", "dict", "no signature"],
)
def test_what_would_run_is_found(data: bytes) -> None:
    assert rules_of(scan_bytes(data))["code-execution"] == "critical"
