"""Make the models of the folder placeholders: each with a text of 24 KiB of one letter in it.

    python make_placeholders.py keras | arrow | onnx | catboost

Tests write what is encoded over the text, where nobody but the tool of a format can put one.
"""

import io
import lzma
import sys
import tempfile
from pathlib import Path

import numpy

TEXT = "Q" * 24576
FOLDER = Path(__file__).parent / "placeholders"
SQUARE = numpy.arange(64, dtype="float32").reshape(8, 8)


def write(name: str, data: bytes) -> None:
    assert data.count(TEXT.encode()) == 1, data.count(TEXT.encode())
    (FOLDER / f"{name}.xz").write_bytes(lzma.compress(data, preset=9))


def make_keras() -> None:
    import h5py
    import tensorflow

    with tempfile.TemporaryDirectory() as folder:
        for name, version in (("attribute.h5", "earliest"), ("attribute-latest.h5", "latest")):
            with h5py.File(f"{folder}/{name}", "w", libver=version) as file:
                file["w"] = SQUARE
                file["w"].attrs["note"] = TEXT
            write(name, Path(folder, name).read_bytes())
        with h5py.File(f"{folder}/dataset.h5", "w") as file:
            file["w"] = SQUARE
            file["note"] = numpy.bytes_(TEXT)
        write("dataset.h5", Path(folder, "dataset.h5").read_bytes())
    weight = tensorflow.Variable(SQUARE)

    class Module(tensorflow.Module):
        @tensorflow.function(input_signature=[tensorflow.TensorSpec((8,), name=TEXT)])
        def run(self, x):
            return tensorflow.linalg.matvec(weight, x)

    module = Module()
    concrete = module.run.get_concrete_function()
    converter = tensorflow.lite.TFLiteConverter.from_concrete_functions([concrete], module)
    write("name.tflite", converter.convert())


def make_arrow() -> None:
    import pyarrow
    from pyarrow import feather, ipc, parquet

    cell = pyarrow.table({"a": [TEXT, "y"]})
    buffer = io.BytesIO()
    with ipc.new_file(buffer, cell.schema) as file:
        file.write_table(cell)
    write("cell.arrow", buffer.getvalue())
    buffer = io.BytesIO()
    feather.write_feather(cell, buffer, compression="uncompressed")
    write("cell.feather", buffer.getvalue())
    plain = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    noted = pyarrow.table({"a": [1.5, 2.5]}).replace_schema_metadata({"note": TEXT})
    for name, table in (("metadata", noted), ("cell", cell)):
        buffer = io.BytesIO()
        parquet.write_table(table, buffer, **plain)
        write(f"{name}.parquet", buffer.getvalue())


def make_onnx() -> None:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    node = helper.make_node("MatMul", ["x", "w"], ["y"], name=TEXT)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [8, 8]) for name in "xy"]
    graph = helper.make_graph(
        [node], "g", ends[:1], ends[1:], [numpy_helper.from_array(SQUARE, "w")]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    with tempfile.TemporaryDirectory() as folder:
        onnx.save(model, f"{folder}/m.onnx")
        write("name.onnx", Path(folder, "m.onnx").read_bytes())
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = f"{folder}/m.ort"
        options.add_session_config_entry("session.save_model_format", "ORT")
        onnxruntime.InferenceSession(f"{folder}/m.onnx", options, ["CPUExecutionProvider"])
        write("name.ort", Path(folder, "m.ort").read_bytes())


def make_catboost() -> None:
    import catboost

    with tempfile.TemporaryDirectory() as folder:
        model = catboost.CatBoostRegressor(iterations=2, depth=2, allow_writing_files=False)
        model.fit(SQUARE, SQUARE[:, 0], verbose=False)
        model.get_metadata()["note"] = TEXT
        model.save_model(f"{folder}/m.cbm")
        write("metadata.cbm", Path(folder, "m.cbm").read_bytes())


if __name__ == "__main__":
    globals()[f"make_{sys.argv[1]}"]()
