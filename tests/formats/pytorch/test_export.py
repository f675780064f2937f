"""Archives of `torch.export`: what is native in them, what is pickled in them."""

from __future__ import annotations

import json

import pytest

from tests.formats.exploring import archive
from tests.formats.pytorch.making import call, push, stream
from tests.helpers.scanning import rules_of, scan_bytes

_PLAIN = {
    "m/archive_format": b"pt2",
    "m/byteorder": b"little",
    "m/models/model.json": b'{"graph_module": {}}',
    "m/data/weights/weight_0": bytes(16),
}
_LIBRARY = "m/data/aotinductor/model/x.wrapper.so"


def test_weights_and_graph_are_silent() -> None:
    report = scan_bytes(archive(_PLAIN))
    assert report.complete
    assert not report.findings
    assert report.artifacts[0].format == "torch-export"


@pytest.mark.parametrize("name", [_LIBRARY, _LIBRARY[:-2] + "cpp", "data/aotinductor/a/B.DLL"])
def test_native_code_is_critical(name: str) -> None:
    assert rules_of(scan_bytes(archive(_PLAIN | {name: b"?"})))["compiled-model"] == "critical"


def test_elsewhere_a_library_is_what_its_bytes_are() -> None:
    found = rules_of(scan_bytes(archive(_PLAIN | {"m/extra/x.so": b"no library"})))
    assert "compiled-model" not in found


@pytest.mark.parametrize("name", ["data/constants/custom_obj_0", "data/weights/weight_1"])
def test_pickled_objects_are_read(name: str) -> None:
    hostile = stream(call("os", "system", push("id")))
    found = rules_of(scan_bytes(archive(_PLAIN | {f"m/{name}": hostile})))
    assert found["command-execution"] == "critical"


def _graph(target: str = "torch.ops.aten.relu.default", expression: str = "2*s0 + 1") -> bytes:
    size = {"as_expr": {"expr_str": expression, "hint": {"as_int": 8}}}
    node = {"target": target, "inputs": [], "outputs": [{"as_tensor": {"name": "y"}}]}
    values = {"y": {"dtype": 7, "sizes": [size]}}
    graph = {"nodes": [node], "tensor_values": values}
    made = {"graph_module": {"graph": graph}, "range_constraints": {"s0": {"min_val": 2}}}
    return json.dumps(made).encode()


def _judged(graph: bytes) -> dict[str, str]:
    return rules_of(scan_bytes(archive(_PLAIN | {"m/models/model.json": graph})))


@pytest.mark.parametrize("target", ["_operator.mul", "torch.sym_max", "math.ceil", "as_tensor"])
@pytest.mark.parametrize(
    "expression", ["s0", "Max(1, s0//2)", "FloorDiv(s0, 2) + Mod(u0, 3)", "Eq(s0, 1) & (u0 >= 0)"]
)
def test_honest_graphs_are_silent(target: str, expression: str) -> None:
    assert not _judged(_graph(target, expression))


@pytest.mark.parametrize(
    "target",
    ["torch.serialization.os.system", "torch.hub.load", "torch.os.system", "math.__loader__.x"],
)
def test_targets_beyond_operators(target: str) -> None:
    assert _judged(_graph(target)) == {"exported-program": "critical"}


@pytest.mark.parametrize(
    ("target", "severity"),
    [("torch.ops.aten.save.default", "critical"), ("torch.ops.my.op", "medium")],
)
def test_operators_that_reach_out(target: str, severity: str) -> None:
    assert _judged(_graph(target)) == {"torchscript-operator": severity}


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('id')",
        "eval('1')",
        "().__class__.__base__",
        "[x for x in open('x')]",
    ],
)
def test_expressions_that_run_code(expression: str) -> None:
    assert _judged(_graph(expression=expression)) == {"exported-program": "critical"}


def test_expressions_that_cannot_be_read() -> None:
    assert _judged(_graph(expression="s0 +* 1")) == {"exported-program": "medium"}
