"""ONNX: what onnx writes is read whole and silently, what lies or reaches out is told."""

from __future__ import annotations

import itertools
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core.facts import Graph, Metadata, Reference, Tensor
from modelassay.core.graph import Network, Node
from modelassay.core.packed import PackedNodes
from modelassay.formats.onnx import tensors
from tests.formats.exploring import DATA, explore
from tests.formats.wire import field, found, scan_bytes

FILES = sorted(path for path in DATA.glob("onnx-*/*") if not path.name.endswith(".data"))
FORMATS = {
    ".onnx": "onnx",
    ".onnxtxt": "onnx-text",
    ".textproto": "onnx-textproto",
    ".pb": "onnx-tensor",
}
FLOAT = 1


def node(
    op: str, inputs: str = "x", outputs: str = "y", domain: str = "", more: bytes = b""
) -> bytes:
    names = b"".join(field(1, name) for name in inputs.split())
    names += b"".join(field(2, name) for name in outputs.split())
    return field(1, names + field(4, op) + (field(7, domain) if domain else b"") + more)


def attribute(name: str, value: bytes) -> bytes:
    return field(5, field(1, name) + value)


def value(number: int, name: str) -> bytes:
    return field(number, field(1, name) + field(2, field(1, field(1, FLOAT))))


def graph(*pieces: bytes) -> bytes:
    return b"".join(pieces) + field(2, "g") + value(11, "x") + value(12, "y")


def model(*pieces: bytes, more: bytes = b"") -> bytes:
    return field(1, 8) + field(7, graph(*pieces)) + field(8, field(2, 17)) + more


def tensor(
    name: str = "w", shape: tuple[int, ...] = (1,), kind: int = FLOAT, **given: bytes
) -> bytes:
    sides = b"".join(field(1, side) for side in shape)
    return sides + field(2, kind) + field(8, name) + given.get("data", b"")


def external(location: str, **more: str) -> bytes:
    entries = {"location": location, **more}
    pairs = b"".join(field(13, field(1, k) + field(2, v)) for k, v in entries.items())
    return tensor(data=pairs + field(14, 1))


PLACES = {
    "initializer": model(node("Relu"), field(5, external("../x"))),
    "sparse": model(node("Relu"), field(15, field(1, external("../x")))),
    "attribute": model(node("Constant", more=attribute("value", field(5, external("../x"))))),
    "attributes": model(node("F", more=attribute("value", field(10, external("../x"))))),
    "sparse attribute": model(
        node("F", more=attribute("value", field(22, field(2, external("../x")))))
    ),
    "subgraph": model(
        node("If", more=attribute("then_branch", field(6, field(5, external("../x")))))
    ),
    "subgraph of subgraph": model(
        node(
            "If",
            more=attribute(
                "b",
                field(11, node("If", more=attribute("b", field(6, field(5, external("../x")))))),
            ),
        )
    ),
    "function": model(
        node("Relu"),
        more=field(
            25,
            field(1, "f")
            + field(7, node("C", more=attribute("value", field(5, external("../x"))))[2:]),
        ),
    ),
    "training": model(node("Relu"), more=field(20, field(2, field(5, external("../x"))))),
    "second graph": model(node("Relu"), more=field(7, field(5, external("../x")))),
    "tensor file": external("../x"),
}


def network(data: bytes | Path) -> Network:
    return explore(data).of(Graph)[0].network


def test_there_are_samples() -> None:
    assert len({path.parent for path in FILES}) >= 2
    assert len(FILES) >= 24


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_honest_files_are_read_whole_and_silently(path: Path) -> None:
    data = path.read_bytes()
    report = scan_bytes(data, path.name)
    assert report.findings == []
    assert report.complete
    assert report.artifacts[0].format == FORMATS[path.suffix]


@pytest.mark.parametrize("folder", sorted(DATA.glob("onnx-*")), ids=lambda path: path.name)
def test_what_is_in_them(folder: Path) -> None:
    linear = explore(folder / "linear.onnx")
    assert [fact.shape for fact in linear.of(Tensor)] == [(4, 2), (2,)]
    assert {fact.key for fact in linear.of(Metadata)} >= {"producer_name", "author", "opset"}
    assert [n.op for _, _, n in network(folder / "linear.onnx").nodes()] == ["MatMul", "Add"]
    control = network(folder / "control.onnx")
    ops = [n.op for place in control.slice("main", ["y"]) for n in [control.node(place)]]
    assert {"If", "Loop", "Add", "Identity"} <= set(ops)
    called = network(folder / "function.onnx")
    assert called.reached(called.entries) == set()
    assert "samples:Twice" in called.by_name
    outside = explore(folder / "outside.onnx").of(Reference)
    assert [(fact.role, fact.target, fact.count) for fact in outside] == [
        ("external-data", "outside.onnx.data", 2)
    ]
    training = network(folder / "training.onnx")
    assert [entry.kind for entry in training.entries] == ["train"]


def test_the_text_form_says_the_same() -> None:
    for name in ("linear", "control", "function"):
        folder = DATA / "onnx-1.23.2"
        binary = sorted(n.op for _, _, n in network(folder / f"{name}.onnx").nodes())
        text = sorted(n.op for _, _, n in network(folder / f"{name}.onnxtxt").nodes())
        assert set(binary) <= set(text) | {"Constant"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_protobuf_text_says_exactly_the_same(path: Path) -> None:
    if path.suffix == ".textproto":
        text, binary = explore(path), explore(path.with_suffix(".onnx"))
        assert [n.inputs for _, _, n in text.of(Graph)[0].network.nodes()]
        for one, other in zip(text.of(Graph), binary.of(Graph), strict=True):
            for mine, theirs in zip(one.network.nodes(), other.network.nodes(), strict=True):
                assert mine[2] == msgspec.structs.replace(theirs[2], offset=None)
        shapes = [[fact.shape for fact in said.of(Tensor)] for said in (text, binary)]
        assert shapes[0] == shapes[1]


def test_text_does_not_hide_what_reaches_out() -> None:
    text = """ir_version: 8 graph { node { op_type: "Relu" input: "x" output: "y" }
    initializer { dims: 1 data_type: FLOAT name: "w" data_location: EXTERNAL
    external_data { key: "location" value: "../../x" } } }"""
    assert found(text.encode()) == {"external-data": "high"}
    lines = """<ir_version: 8, opset_import: ["" : 17]>
    g (float[1] x) => (float[1] y) <float[1] w = ["location": "../../x", "evil": "1"]>
    { y = my.evil.Op <a = 1> (x) }"""
    assert found(lines.encode()) == {"external-data": "high", "custom-operator": "medium"}


@pytest.mark.parametrize("place", PLACES)
def test_external_data_is_found_wherever_a_tensor_stands(place: str) -> None:
    assert found(PLACES[place]).get("external-data") == "high"


@pytest.mark.parametrize(
    "location",
    ["/etc/passwd", "a/../../b", "..\\b", "C:\\b", "file:b", "https://b/c", "b\0", "\\\\b\\c"],
)
def test_names_that_lead_out(location: str) -> None:
    data = model(node("Relu"), field(5, external(location)))
    assert found(data) == {"external-data": "high"}


@pytest.mark.parametrize("location", ["w.bin", "./w.bin", "sub/w.bin", "sub/../w.bin", "w..bin"])
def test_names_that_do_not(location: str) -> None:
    assert found(model(node("Relu"), field(5, external(location, offset="0", length="4")))) == {}


@pytest.mark.parametrize(
    "more", [{"__class__": "x"}, {"offset": "-1"}, {"length": "1e9"}, {"offset": str(2**63)}]
)
def test_odd_entries(more: dict[str, str]) -> None:
    data = model(node("Relu"), field(5, external("w.bin", **more)))
    assert found(data) == {"external-data": "medium"}


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (tensor(shape=(4,), data=field(9, bytes(15))), "tensor-size"),
        (tensor(shape=(4,), data=field(9, bytes(17))), "tensor-size"),
        (tensor(shape=(4,)), "tensor-size"),
        (tensor(shape=(4,), data=field(4, bytes(12))), "tensor-size"),
        (tensor(shape=(400,), kind=7, data=field(7, bytes(12))), "tensor-size"),
        (tensor(shape=(-1,), data=field(9, bytes(4))), "tensor-shape"),
        (tensor(shape=(2**40, 2**40), data=field(9, bytes(4))), "tensor-shape"),
        (tensor(kind=99, data=field(9, bytes(4))), "tensor-type"),
        (external("w.bin") + field(9, bytes(400)), "tensor-twice"),
    ],
)
def test_tensors_that_are_not_what_they_claim(given: bytes, kind: str) -> None:
    data = model(node("Relu"), field(5, given))
    assert kind in explore(data).anomalies
    assert found(data)["tensor-mismatch"] == "medium"


@pytest.mark.parametrize(
    "given",
    [
        tensor(shape=(), data=field(9, bytes(4))),
        tensor(shape=(0,)),
        tensor(shape=(3,), kind=22, data=field(9, bytes(2))),
        tensor(shape=(2,), kind=8, data=field(6, "a") + field(6, "b")),
        tensor(shape=(2,), kind=7, data=field(7, b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")),
        external("w.bin") + field(9, "__EXTERNAL"),
    ],
)
def test_tensors_that_are(given: bytes) -> None:
    assert found(model(node("Relu"), field(5, given))) == {}


def test_operators() -> None:
    python = node("PyOp", domain="ai.onnx.contrib", more=attribute("module", field(4, "os")))
    assert found(model(python))["python-operator"] == "high"
    assert found(model(node("Evil", domain="evil"))) == {"custom-operator": "medium"}
    assert found(model(node("Evil"))) == {"custom-operator": "low"}
    assert found(model(node("Gelu", domain="com.microsoft"))) == {}
    context = attribute("embed_mode", field(3, 0)) + attribute("ep_cache_context", field(4, "../q"))
    assert found(model(node("EPContext", domain="com.microsoft", more=context))) == {
        "ep-context": "high"
    }


def test_an_operator_inside_a_branch_is_seen() -> None:
    inner = node("Evil", domain="evil")
    data = model(node("If", more=attribute("then_branch", field(6, inner))))
    assert found(data) == {"custom-operator": "medium"}


def test_nesting_without_end() -> None:
    inner = node("Relu")
    for _ in range(400):
        inner = node("If", more=attribute("b", field(6, inner)))
    assert found(model(inner))["graph-bomb"] == "medium"


def test_a_backdoor_is_seen_and_a_threshold_is_not() -> None:
    weights = field(5, tensor(shape=(1,), data=field(9, bytes(4))))
    trigger = field(5, tensor("t", shape=(), data=field(9, bytes(4))))
    learned = node("MatMul", "x w", "h")
    backdoor = model(
        learned,
        node("ReduceSum", "x", "s"),
        node("Equal", "s t", "m"),
        node("Where", "m t h", "y"),
        weights,
        trigger,
    )
    assert found(backdoor) == {"graph-backdoor": "medium"}
    after = model(learned, node("Greater", "h t", "m"), node("Where", "m h t"), weights, trigger)
    assert found(after) == {}


def test_unknown_fields_neither_hide_a_model_nor_are_hidden() -> None:
    payload = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01:\x85R."
    data = field(999, payload) + model(node("Evil", domain="evil"))
    told = found(data)
    assert told["custom-operator"] == "medium"
    assert told["protobuf-structure"] == "low"
    assert told["command-execution"] == "critical"


def test_bytes_in_attributes_are_searched() -> None:
    payload = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01:\x85R."
    data = model(node("Relu", more=attribute("blob", field(4, payload))))
    assert found(data)["command-execution"] == "critical"


HOSTILE = [*PLACES.values(), model(node("Evil", domain="evil")), *(p.read_bytes() for p in FILES)]


@given(st.sampled_from(HOSTILE), st.data())
@settings(deadline=None)
def test_mutations_are_stood(data: bytes, draw: st.DataObject) -> None:
    cut = draw.draw(st.integers(0, len(data)))
    place = draw.draw(st.integers(0, max(cut - 1, 0)))
    changed = data[:place] + bytes([draw.draw(st.integers(0, 255))]) + data[place + 1 : cut]
    assert scan_bytes(changed).errors == []


def test_a_model_that_is_cut_is_not_clean() -> None:
    data = PLACES["initializer"]
    for cut in itertools.chain(range(30, len(data) - 30, 7)):
        report = scan_bytes(data[:cut], "m.onnx")
        assert report.findings or not report.complete


def test_an_archive_of_models(tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.onnx", PLACES["initializer"])
    assert found(path.read_bytes())["external-data"] == "high"


@pytest.mark.parametrize("outer", ["first", "last"])
def test_of_two_locations_each_counts(outer: str) -> None:
    """Which of them a loader takes is its own affair."""
    names = ["../../x", "w.bin"] if outer == "first" else ["w.bin", "../../x"]
    both = external(names[0]) + field(13, field(1, "location") + field(2, names[1]))
    assert found(model(node("Relu"), field(5, both))) == {"external-data": "high"}


def test_what_stands_behind_a_model_is_read() -> None:
    stream = b"cposix\nsystem\n(S'echo'\ntR."
    assert found(model(node("Relu")) + stream)["command-execution"] == "critical"


@pytest.mark.parametrize(
    "last", [tensor("w9", (2, 16), data=field(9, bytes(size))) for size in (128, 127)]
)
def test_a_tensor_among_many_alike_is_held_against_itself(
    last: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = [field(5, tensor(f"w{n}", (2, 16), data=field(9, bytes(128)))) for n in range(9)]
    data = model(node("Add", "x w9"), *alike, field(5, last))
    slowly = found(data)
    monkeypatch.setattr(tensors, "_MOST_PLACES", 0)
    assert found(data) == slowly
    assert ("tensor-mismatch" in slowly) == (bytes(128) not in last)


def test_nodes_are_kept_as_they_were_read() -> None:
    nodes, packed = explore_nodes(), PackedNodes()
    packed.extend(nodes)
    assert list(packed) == nodes
    packed[0] = nodes[-1]
    assert packed[0] == nodes[-1] and packed[-1:] == nodes[-1:]


def explore_nodes() -> list[Node]:
    inner = (
        attribute("s", field(4, "text"))
        + attribute("i", field(3, 5))
        + attribute("b", field(4, b"\xff"))
    )
    part = network(model(node("Relu"), node("Add", "x y", "z", "my", inner))).parts[0]
    return list(part.nodes)
