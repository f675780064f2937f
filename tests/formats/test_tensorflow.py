"""TensorFlow: exports are read whole and silently, operators that touch the host are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.facts import Graph, Tensor
from modelassay.io.textproto import varint
from tests.formats.exploring import DATA, explore
from tests.formats.wire import field, found, scan_bytes

FILES = sorted(
    path
    for path in DATA.glob("tensorflow-*/**/*")
    if path.suffix in (".pb", ".pbtxt", ".index", ".meta", ".tflite")
)
PAYLOAD = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01:\x85R."


def attr(name: str, value: bytes) -> bytes:
    return field(5, field(1, name) + field(2, value))


def node(name: str, op: str, *inputs: str, more: bytes = b"") -> bytes:
    given = b"".join(field(3, one) for one in inputs)
    return field(1, name) + field(2, op) + given + more


def const(name: str, *texts: str | bytes) -> bytes:
    strings = b"".join(field(8, text) for text in texts)
    return node(name, "Const", more=attr("value", field(8, field(1, 7) + field(2, b"") + strings)))


def function(name: str, args: str, *nodes: bytes, results: str = "") -> bytes:
    signature = field(1, name) + b"".join(field(2, field(1, arg)) for arg in args.split())
    ends = b"".join(field(4, field(1, end) + field(2, f"{end}:out:0")) for end in results.split())
    return field(1, signature) + b"".join(field(3, one) for one in nodes) + ends


def graph(*nodes: bytes, functions: tuple[bytes, ...] = ()) -> bytes:
    library = b"".join(field(1, one) for one in functions)
    return b"".join(field(1, one) for one in nodes) + (field(2, library) if library else b"")


def saved(definition: bytes, *more: bytes) -> bytes:
    return field(1, 1) + field(
        2, field(1, field(4, "serve")) + field(2, definition) + b"".join(more)
    )


def signature(key: str, output: str) -> bytes:
    info = field(1, "o") + field(2, field(1, f"{output}:0"))
    return field(5, field(1, key) + field(2, field(2, info)))


def test_there_are_samples() -> None:
    assert {path.suffix for path in FILES} == {".pb", ".pbtxt", ".index", ".meta", ".tflite"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_exports_are_read_whole_and_silently(path: Path) -> None:
    report = scan_bytes(path.read_bytes(), path.name)
    assert [f.message for f in report.findings] == []
    assert report.complete
    assert report.artifacts[0].format is not None


def test_what_is_in_them() -> None:
    folder = DATA / "tensorflow-2.21.0"
    words = explore(folder / "words" / "saved_model.pb")
    network = words.of(Graph)[0].network
    assert words.formats == ["tensorflow-saved-model"]
    kinds = {entry.kind for entry in network.entries}
    assert kinds == {"signature", "init"}
    ops = {node.op for _, _, node in network.nodes()}
    assert {"InitializeTableFromTextFileV2", "SaveV2", "RestoreV2", "ResourceGather"} <= ops
    index = explore(folder / "words" / "variables" / "variables.index")
    assert (2, 2) in [fact.shape for fact in index.of(Tensor)]
    assert explore(folder / "words" / "fingerprint.pb").formats == ["tensorflow-fingerprint"]
    assert explore(folder / "old.ckpt.meta").formats == ["tensorflow-meta-graph"]


def test_the_text_form_says_the_same() -> None:
    folder = DATA / "tensorflow-2.21.0"
    binary = explore(folder / "branch.pb").of(Graph)[0].network
    text = explore(folder / "branch.pbtxt").of(Graph)[0].network
    assert [part.name for part in binary.parts] == [part.name for part in text.parts]
    assert [n.op for _, _, n in binary.nodes()] == [n.op for _, _, n in text.nodes()]
    assert [n.calls for _, _, n in binary.nodes()] == [n.calls for _, _, n in text.nodes()]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("/etc/cron.d/x", "high"),
        ("a/../../x", "high"),
        ("gs://bucket/x", "high"),
        ("file:///x", "high"),
        ("C:\\x", "high"),
        ("x", "medium"),
    ],
)
def test_a_file_that_is_written_by_a_constant_name(name: str, level: str) -> None:
    data = graph(const("p", name), const("d", "x"), node("w", "WriteFile", "p", "d"))
    assert found(data) == {"tf-file-operator": level}


def test_a_name_is_followed_through_functions_and_joins() -> None:
    inner = function("f", "a", node("w", "ReadFile", "a"), results="w")
    outer = node("c", "PartitionedCall", "j", more=attr("f", field(10, field(1, "f"))))
    for first, level in (("/etc", "medium"), ("", "medium"), ("models", None)):
        joined = node("j", "StringJoin", "p", "q")
        data = graph(const("p", first), const("q", "/x"), joined, outer, functions=(inner,))
        assert found(data).get("tf-file-operator") == level


def test_savers_are_ordinary_until_a_signature_reaches_them() -> None:
    name = node("n", "Placeholder")
    save = node("s", "SaveV2", "n:0", "t")
    assert found(saved(graph(name, save))) == {}
    reached = saved(graph(name, save, node("o", "NoOp", "^s")), signature("serve", "o"))
    assert found(reached) == {"tf-file-operator": "high"}


def test_a_signature_reaches_into_functions_and_their_branches() -> None:
    write = function("f", "a", const("p", "x"), node("w", "WriteFile", "p", "a"))
    branch = function(
        "g", "a", node("i", "If", "a", "a", more=attr("then_branch", field(10, field(1, "f"))))
    )
    call = node("c", "StatefulPartitionedCall", "x", more=attr("f", field(10, field(1, "g"))))
    data = saved(
        graph(node("x", "Placeholder"), call, functions=(write, branch)), signature("serve", "c")
    )
    assert found(data) == {"tf-file-operator": "high"}


def test_functions_that_restoring_runs_are_entries() -> None:
    write = function("__inference_init", "a", const("p", "x"), node("w", "WriteFile", "p", "a"))
    child = field(1, field(1, 1) + field(2, "_initialize"))
    run = field(6, field(1, "__inference_init"))
    objects = field(7, field(1, child) + field(1, run))
    data = saved(graph(node("x", "Placeholder"), functions=(write,)), objects)
    assert found(data) == {"tf-file-operator": "high"}


def test_assets_are_ordinary_and_their_names_are_looked_at() -> None:
    table = node("i", "InitializeTableFromTextFileV2", "t", "a")
    definition = graph(const("a", "/export/here/vocab.txt"), node("t", "HashTableV2"), table)
    init = signature("__saved_model_init_op", "i")

    def put(name: str, node: str = "a:0") -> bytes:
        return field(1, field(1, node)) + field(2, name)

    def asset(name: str) -> bytes:
        return field(6, put(name))

    def collected(name: str) -> bytes:
        listed = field(5, field(1, field(2, put(name))))
        return field(4, field(1, "saved_model_assets") + field(2, listed))

    assert found(saved(definition, init, asset("vocab.txt"))) == {}
    assert found(saved(definition, init, collected("vocab.txt"))) == {}
    listed = field(6, put("vocab.txt", "other:0"))  # a loader reads the list then, and no other
    high = {"tf-file-operator": "high"}
    assert found(saved(definition, init, collected("vocab.txt"), listed)) == high
    assert found(saved(definition, init, collected("../../etc/passwd"))) == high
    assert found(saved(definition, init)) == high
    assert found(saved(definition, init, asset("../../etc/passwd"))) == {"tf-file-operator": "high"}


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        (attr("output_stream", field(2, "file:///tmp/x")), {"tf-file-operator": "high"}),
        (attr("output_stream", field(2, "stderr")), {}),
        (b"", {}),
    ],
)
def test_what_is_printed_may_go_to_a_file(attributes: bytes, told: dict[str, str]) -> None:
    printed = node("p", "PrintV2", "t", more=attributes)
    assert found(graph(const("t", "loss"), printed)) == told


def test_debug_urls() -> None:
    urls = attr("debug_urls", field(1, field(2, "grpc://host:1")))
    data = graph(node("x", "Placeholder"), node("d", "DebugIdentity", "x", more=urls))
    assert found(data) == {"tf-file-operator": "high"}


@pytest.mark.parametrize(
    ("op", "told"),
    [
        ("PyFunc", {"python-operator": "high"}),
        ("_TPUCompileMlir", {"tf-native-operator": "medium"}),
        ("XlaCustomCallV2", {"tf-native-operator": "medium"}),
        ("RpcCall", {"tf-network-operator": "medium"}),
        ("NoSuchOperator", {"custom-operator": "medium"}),
        ("MatMul", {}),
    ],
)
def test_operators(op: str, told: dict[str, str]) -> None:
    assert found(graph(node("x", "Placeholder"), node("n", op, "x"))) == told


def test_a_graph_in_a_constant_is_read_as_one_that_runs() -> None:
    inner = graph(const("p", "x"), node("w", "WriteFile", "p", "p"))
    nested = graph(const("g", inner), node("d", "DatasetFromGraph", "g"))
    assert found(saved(nested)) == {"tf-file-operator": "high", "tf-nested-graph": "medium"}
    twice = graph(const("g", nested), node("d", "DatasetFromGraph", "g"))
    assert found(twice)["tf-file-operator"] == "high"


def test_strings_in_a_content_are_strings() -> None:
    def packed(name: str, *texts: bytes) -> bytes:
        sizes = b"".join(varint(len(text)) for text in texts)
        shape = field(2, field(2, field(1, len(texts))))
        value = field(1, 7) + shape + field(4, sizes + b"".join(texts))
        return node(name, "Const", more=attr("value", field(8, value)))

    inner = graph(packed("p", b"/tmp/x"), node("w", "WriteFile", "p", "p"))
    assert found(inner) == {"tf-file-operator": "high"}
    nested = graph(packed("g", b"", inner), node("d", "DatasetFromGraph", "g"))
    assert found(nested)["tf-file-operator"] == "high"
    cut = graph(packed("p", b"/tmp/x").replace(b"\6/tmp/x", b"\xff/tmp/x"))
    assert "tf-file-operator" not in found(cut)


@pytest.mark.parametrize(
    ("type", "sides", "told"),
    [
        (3, (200, 50), {}),
        (9, (200, 50, 3), {}),
        (3, (1 << 20, 1 << 20), {"graph-bomb": "medium"}),
        (3, (1 << 14, 1 << 14, 1 << 14), {"graph-bomb": "medium"}),
        (9, (1 << 40,), {"graph-bomb": "medium"}),
        (9, (1 << 20, 1 << 20), {"graph-bomb": "medium"}),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_a_shape_in_a_content_is_as_wide_as_its_type(
    type: int, sides: tuple[int, ...], told: dict[str, str], late: bool
) -> None:
    content = b"".join(side.to_bytes(4 if type == 3 else 8, "little") for side in sides)
    parts = [field(1, type), field(2, field(2, field(1, len(sides)))), field(4, content)]
    value = b"".join(reversed(parts) if late else parts)
    shape = node("s", "Const", more=attr("value", field(8, value)))
    assert found(graph(shape, node("f", "Fill", "s", "v"))) == told


def test_tensors_that_are_not_what_they_claim() -> None:
    def weights(shape: int, size: int) -> bytes:
        value = field(1, 1) + field(2, field(2, field(1, shape))) + field(4, bytes(size))
        return graph(node("w", "Const", more=attr("value", field(8, value))))

    assert found(weights(3, 12)) == {}
    assert found(weights(3, 11)) == {"tensor-mismatch": "medium"}
    assert found(weights(-3, 12)) == {"tensor-mismatch": "medium"}


def test_keras_metadata_is_entered() -> None:
    layer = field(2, 1) + field(3, "root.x") + field(4, "_tf_keras_layer") + field(5, PAYLOAD)
    report = explore(field(1, layer))
    assert report.formats == ["keras-metadata"]
    assert report.inside[0].formats == ["pickle"]


def test_broken_indexes_are_told() -> None:
    data = (DATA / "tensorflow-2.21.0" / "old.ckpt.index").read_bytes()
    assert found(data) == {}
    for place in (0, 1, 2):
        broken = data[:place] + b"\x7f" + data[place + 1 :]
        assert found(broken).get("checkpoint-index") == "medium"
    footer = len(data) - 48
    assert found(data[:footer] + b"\xff" * 20 + data[footer + 20 :])["checkpoint-index"] == "medium"


SMALL = [path.read_bytes() for path in FILES if path.stat().st_size < 20_000]


@given(st.sampled_from(SMALL), st.data())
def test_mutations_are_stood(data: bytes, draw: st.DataObject) -> None:
    cut = draw.draw(st.integers(0, len(data)))
    place = draw.draw(st.integers(0, max(cut - 1, 0)))
    changed = data[:place] + bytes([draw.draw(st.integers(0, 255))]) + data[place + 1 : cut]
    assert scan_bytes(changed).errors == []
