"""TensorFlow Lite, ONNX Runtime and ExecuTorch: indexes and offsets are held against the file."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core.facts import Graph
from tests.formats.exploring import DATA, explore
from tests.formats.wire import Numbers, Table, flatbuffer, found, scan_bytes

PAYLOAD = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01:\x85R."


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def tflite(
    code: Table | None = None,
    tensors: int = 2,
    inputs: tuple[int, ...] = (0,),
    outputs: tuple[int, ...] = (1,),
    operator: int = 0,
    buffer: int = 0,
    shape: tuple[int, ...] = (2,),
) -> bytes:
    made = [Table(Numbers(shape), b"\0", u32(buffer), f"t{i}") for i in range(tensors)]
    node = Table(u32(operator), Numbers(inputs), Numbers(outputs))
    graph = Table(made, Numbers([0]), Numbers([1]), [node], "main")
    codes = [code if code is not None else Table(b"\x13")]
    data = Table("\0" * 8)
    return flatbuffer(Table(u32(3), codes, [graph], "made", [Table(), data]), b"TFL3")


def custom(name: str) -> Table:
    return Table(b"\x20", name)


def test_a_small_model() -> None:
    said = explore(tflite())
    assert said.formats == ["tflite"]
    nodes = [node for _, _, node in said.of(Graph)[0].network.nodes()]
    assert [(node.op, node.inputs, node.outputs) for node in nodes] == [("RELU", ("t0",), ("t1",))]
    assert found(tflite()) == {}


def test_one_that_tensorflow_made() -> None:
    said = explore(DATA / "tensorflow-2.21.0" / "branch.tflite")
    network = said.of(Graph)[0].network
    reached = network.reached(network.entries)
    assert len(network.parts) > 2
    assert {called for _, _, node in network.nodes() for _, called in node.calls} <= {
        part.name for part in network.parts
    }
    assert said.anomalies == []
    assert reached or not network.entries


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("FlexWriteFile", {"tf-file-operator": "high"}),
        ("FlexReadFile", {"tf-file-operator": "high"}),
        ("FlexPyFunc", {"python-operator": "high"}),
        ("FlexRpcCall", {"tf-network-operator": "high"}),
        ("FlexNoSuchOperator", {"custom-operator": "medium"}),
        ("FlexTensorListReserve", {}),
        ("Evil", {"custom-operator": "medium"}),
        ("TFLite_Detection_PostProcess", {}),
    ],
)
def test_custom_operators(name: str, told: dict[str, str]) -> None:
    assert found(tflite(custom(name))) == told


@pytest.mark.parametrize(
    "data",
    [
        tflite(inputs=(2,)),
        tflite(inputs=(-2,)),
        tflite(outputs=(-1,)),
        tflite(operator=1),
        tflite(buffer=2),
    ],
)
def test_indexes_that_lead_nowhere(data: bytes) -> None:
    assert found(data) == {"flatbuffer-structure": "high"}


def test_optional_inputs_are_ordinary() -> None:
    assert found(tflite(inputs=(0, -1))) == {}


@pytest.mark.parametrize("shape", [(3,), (-2,), (1 << 30, 1 << 30)])
def test_shapes_that_are_lies(shape: tuple[int, ...]) -> None:
    assert found(tflite(buffer=1, shape=shape)) == {"tensor-mismatch": "medium"}
    assert found(tflite(buffer=1)) == {}


def test_a_model_behind_a_model_with_its_files_is_no_hidden_archive() -> None:
    """As Emscripten packs the models of a page."""
    second = io.BytesIO(tflite())
    with zipfile.ZipFile(second, "a") as file:
        file.writestr("labels.txt", "cat\ndog\n")
    assert found(tflite() + second.getvalue()) == {}


def test_an_archive_behind_a_model_behind_a_model_is_read() -> None:
    second = io.BytesIO(tflite())
    with zipfile.ZipFile(second, "a") as file:
        file.writestr("labels.txt", PAYLOAD)
    assert "command-execution" in found(tflite() + second.getvalue())


def test_files_packed_behind_a_model_are_read() -> None:
    buffer = io.BytesIO(tflite())
    with zipfile.ZipFile(buffer, "a") as file:
        file.writestr("labels.txt", "cat\ndog\n")
    assert found(buffer.getvalue()) == {}
    with zipfile.ZipFile(buffer, "a") as file:
        file.writestr("more.pkl", PAYLOAD)
    assert found(buffer.getvalue())["command-execution"] == "critical"
    assert explore(buffer.getvalue()).formats == ["tflite"]


def ort(index: int = 0, domain: str = "", graphs: int = 0) -> bytes:
    tensor = Table("w", None, None, u32(1), "\0" * 4)
    node = Table("n", None, domain, u32(1), u32(index), "Relu", None, None, None, None, None)
    graph = Table([tensor], None, [node], u32(1))
    for _ in range(graphs):
        attribute = Table("b", None, None, None, None, None, None, graph)
        node = Table(None, None, None, None, u32(0), "If", *(None,) * 4, [attribute])
        graph = Table(None, None, [node], u32(1))
    return flatbuffer(Table("5", Table(*(None,) * 7, graph)), b"ORTM")


def test_models_of_onnx_runtime() -> None:
    said = explore(ort())
    assert said.formats == ["onnx-runtime"]
    assert found(ort()) == {}
    assert found(ort(index=7)) == {"flatbuffer-structure": "high"}
    assert found(ort(domain="evil")) == {"custom-operator": "medium"}
    assert found(ort(domain="evil", graphs=3)) == {"custom-operator": "medium"}


def pte(segment: int = 64, operator: int = 0, order: bytes = b"\0", header: bytes = b"") -> bytes:
    sizes = Table(b"\6", None, Numbers([2]), order.decode("latin-1"))
    value = Table(b"\5", sizes)
    call = Table(b"\1", Table(u32(operator), Numbers([0])))
    chain = Table(Numbers([0]), Numbers([0]), [call])
    operators = [Table("aten::add", "out")]
    plan = Table("forward", None, [value], Numbers([0]), Numbers([0]), [chain], operators)
    segments = [Table(struct.pack("<Q", segment), struct.pack("<Q", 8))]
    return flatbuffer(Table(u32(0), [plan], None, None, segments), b"ET12" + header)


def test_executorch_programs() -> None:
    said = explore(pte())
    assert said.formats == ["executorch"]
    assert [n.op for _, _, n in said.of(Graph)[0].network.nodes()] == ["aten::add.out"]
    assert found(pte()) == {}
    assert found(pte(segment=0)) == {"flatbuffer-structure": "high"}
    assert found(pte(segment=1 << 40)) == {"flatbuffer-structure": "high"}
    assert found(pte(operator=5)) == {"flatbuffer-structure": "high"}
    assert found(pte(order=b"\1")) == {"tensor-mismatch": "medium"}
    header = b"eh00" + struct.pack("<IQQ", 24, 1 << 40, 1 << 41)
    assert found(pte(header=header)) == {"flatbuffer-structure": "high"}


@given(st.sampled_from([tflite(), ort(graphs=2), pte()]), st.data())
@settings(deadline=None)
def test_mutations_are_stood(data: bytes, draw: st.DataObject) -> None:
    cut = draw.draw(st.integers(0, len(data)))
    place = draw.draw(st.integers(0, max(cut - 4, 0)))
    word = draw.draw(st.integers(0, 2**32 - 1))
    changed = (data[:place] + u32(word) + data[place + 4 :])[:cut]
    assert scan_bytes(changed).errors == []


@pytest.mark.parametrize("data", [tflite(), ort(), pte()], ids=["tflite", "ort", "pte"])
def test_what_is_cut_is_not_clean(data: bytes) -> None:
    for cut in range(8, len(data) - 40):
        report = scan_bytes(data[:cut])
        assert report.findings, cut


@pytest.mark.parametrize(
    "path", sorted(DATA.glob("executorch-*/*.pte")), ids=lambda path: path.name
)
def test_programs_of_the_real_exporter(path: Path) -> None:
    said = explore(path)
    (graph,) = said.of(Graph)
    assert {node.op for _, _, node in graph.network.nodes()} >= {"aten::relu.out"}
    report = scan_bytes(path.read_bytes())
    assert report.complete and not report.findings
