"""Make small ONNX files with the installed onnx, in a folder named after its version.

Run it in an environment of its own: python tests/data/make_onnx.py tests/data
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
from google.protobuf import text_format
from onnx import TensorProto, helper, numpy_helper, parser, printer

FLOAT = TensorProto.FLOAT


def linear() -> onnx.ModelProto:
    """A layer with weights, a name for everything, and metadata."""
    model = parser.parse_model(
        """<ir_version: 8, opset_import: ["" : 17], producer_name: "samples">
        g (float[N, 4] x) => (float[N, 2] y)
        <float[4, 2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[2] b = {0.5, -0.5}>
        { h = MatMul (x, w)  y = Add (h, b) }"""
    )
    helper.set_model_props(model, {"author": "samples"})
    return model


def control() -> onnx.ModelProto:
    """Subgraphs in subgraphs: a choice, and a loop inside one of its branches."""
    return parser.parse_model(
        """<ir_version: 8, opset_import: ["" : 17]>
        g (bool c, float[2] x) => (float[2] y) {
            y = If (c) <
                then_branch = t () => (float[2] a) {
                    n = Constant <value = int64 {3}> ()
                    on = Constant <value = bool {1}> ()
                    a = Loop (n, on, x) <
                        body = l (int64 i, bool k, float[2] v) => (bool j, float[2] w) {
                            j = Identity (k)
                            w = Add (v, v)
                        }>
                },
                else_branch = e () => (float[2] b) { b = Identity (x) }>
        }"""
    )


def function() -> onnx.ModelProto:
    """A function of a domain of its own, which the model brings with it."""
    return parser.parse_model(
        """<ir_version: 8, opset_import: ["" : 17, "samples" : 1]>
        g (float[2] x) => (float[2] y) { y = samples.Twice (x) }
        <domain: "samples", opset_import: ["" : 17]>
        Twice (a) => (b) { b = Add (a, a) }"""
    )


def sparse() -> onnx.ModelProto:
    """A sparse initializer, and text."""
    values = helper.make_tensor("s", FLOAT, [2], [1.0, 2.0])
    indices = helper.make_tensor("i", TensorProto.INT64, [2], [0, 3])
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "s"], ["y"], doc_string="adds")],
        "g",
        [helper.make_tensor_value_info("x", FLOAT, [4])],
        [helper.make_tensor_value_info("y", FLOAT, [4])],
        [helper.make_tensor("labels", TensorProto.STRING, [2], [b"cat", b"dog"])],
        sparse_initializer=[helper.make_sparse_tensor(values, indices, [4])],
    )
    return helper.make_model(graph, doc_string="sparse")


def types() -> onnx.ModelProto:
    """A tensor of every element type, each in the field that is made for it, and as raw bytes."""
    tensors = []
    for name, number in TensorProto.DataType.items():
        if name in ("UNDEFINED", "STRING"):
            continue
        try:
            for raw in (False, True):
                array = np.ones(3, helper.tensor_dtype_to_np_dtype(number))
                data = numpy_helper.from_array(array).raw_data if raw else [1, 1, 1]
                kind = f"{name}-{raw}"
                tensors.append(helper.make_tensor(kind, number, [3], data, raw=raw))
        except (TypeError, ValueError, KeyError) as error:
            print(f"left out: {name}: {error}")
    value = helper.make_tensor_value_info("y", FLOAT, [1])
    node = helper.make_node("Constant", [], ["y"], value_float=1.0)
    return helper.make_model(helper.make_graph([node], "g", [], [value], tensors))


def training() -> onnx.ModelProto:
    """A model with a graph that training runs."""
    model = linear()
    info = model.training_info.add()
    info.algorithm.CopyFrom(model.graph)
    return model


def main(folder: Path) -> None:
    folder = folder / f"onnx-{onnx.__version__}"
    folder.mkdir(parents=True, exist_ok=True)
    for make in (linear, control, function, sparse, types, training):
        (folder / f"{make.__name__}.onnx").write_bytes(make().SerializeToString())
    for make in (linear, control, function):
        (folder / f"{make.__name__}.onnxtxt").write_text(printer.to_text(make()) + "\n")
    for make in (linear, control, function, sparse, training):
        (folder / f"{make.__name__}.textproto").write_text(text_format.MessageToString(make()))
    outside = linear()
    for tensor in outside.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))
    (folder / "outside.onnx.data").unlink(missing_ok=True)  # it would be added to
    onnx.save_model(
        outside,
        folder / "outside.onnx",
        save_as_external_data=True,
        location="outside.onnx.data",
        size_threshold=0,
    )
    tensor = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3), "t")
    (folder / "tensor.pb").write_bytes(tensor.SerializeToString())
    several = numpy_helper.from_list([np.zeros(2, np.int8), np.ones(3, np.int8)], "s")
    (folder / "sequence.pb").write_bytes(several.SerializeToString())
    empty = numpy_helper.from_optional(None, "o", 1)
    (folder / "optional.pb").write_bytes(empty.SerializeToString())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
