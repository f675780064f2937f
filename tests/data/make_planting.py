"""Make the models of the folder planting: an array in every format, by the tool of the format.

    python make_planting.py torch | onnx | gguf | joblib | tensorflow

The array is one or three, over and over, so that the files pack well and tests find the place where
they put noise and what is hidden in it.
"""

import io
import lzma
import sys
import tempfile
from pathlib import Path

import numpy

COUNT = 16384
VALUES = numpy.tile(numpy.array([1, 3], "float32"), COUNT // 2)
FOLDER = Path(__file__).parent / "planting"


def write(name: str, data: bytes) -> None:
    (FOLDER / f"{name}.xz").write_bytes(lzma.compress(data, preset=9))


def make_torch() -> None:
    import torch

    for name in ("float32", "float16", "bfloat16", "float64"):
        tensor = torch.from_numpy(VALUES).to(getattr(torch, name)).reshape(128, -1)
        for kind, modern in (("pt", True), ("legacy.pt", False)):
            buffer = io.BytesIO()
            state = {"a.bias": torch.zeros(8), "a.weight": tensor}
            torch.save(state, buffer, _use_new_zipfile_serialization=modern)
            write(f"{name}.{kind}", buffer.getvalue())


def make_onnx() -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    square = VALUES.reshape(128, 128)
    packed = helper.make_tensor("w", TensorProto.FLOAT, [128, 128], VALUES)
    for kind, tensor in (
        ("float32.raw.onnx", numpy_helper.from_array(square, "w")),
        ("float32.data.onnx", packed),
        ("float16.raw.onnx", numpy_helper.from_array(square.astype("float16"), "w")),
        ("int32.raw.onnx", numpy_helper.from_array(square.astype("int32"), "w")),
    ):
        node = helper.make_node("Identity", ["w"], ["y"])
        output = helper.make_tensor_value_info("y", tensor.data_type, [128, 128])
        graph = helper.make_graph([node], "g", [], [output], [tensor])
        model = helper.make_model(graph)
        write(kind, model.SerializeToString())
    node = helper.make_node("Identity", ["w"], ["y"])
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [128, 128])
    graph = helper.make_graph([node], "g", [], [output], [numpy_helper.from_array(square, "w")])
    with tempfile.TemporaryDirectory() as folder:
        onnx.save(
            helper.make_model(graph),
            f"{folder}/m.onnx",
            save_as_external_data=True,
            location="float32.onnx.bin",
            size_threshold=0,
        )
        write("float32.onnx.bin", Path(folder, "float32.onnx.bin").read_bytes())


def make_gguf() -> None:
    import gguf

    for name in ("float32", "float16", "bfloat16"):
        with tempfile.TemporaryDirectory() as folder:
            writer = gguf.GGUFWriter(f"{folder}/m.gguf", "llama")
            writer.add_tensor("bias", numpy.zeros(8, "float32"))
            if name == "bfloat16":
                data = (VALUES.view("uint32") >> 16).astype("uint16").reshape(128, -1).view("uint8")
                writer.add_tensor("w", data, raw_dtype=gguf.GGMLQuantizationType.BF16)
            else:
                writer.add_tensor("w", VALUES.astype(name).reshape(128, -1))
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
            write(f"{name}.gguf", Path(folder, "m.gguf").read_bytes())


def make_joblib() -> None:
    import pickle

    import joblib

    for name in ("float32", "float64"):
        state = {"coef": VALUES.astype(name), "x": [1, "two"]}
        buffer = io.BytesIO()
        joblib.dump(state, buffer)
        write(f"{name}.joblib", buffer.getvalue())
        write(f"{name}.pkl", pickle.dumps(state))
        buffer = io.BytesIO()
        numpy.savez(buffer, a=numpy.zeros(8), w=VALUES.astype(name))
        write(f"{name}.npz", buffer.getvalue())


def make_tensorflow() -> None:
    import h5py
    import keras
    import tensorflow

    square = VALUES.reshape(128, 128)
    model = keras.Sequential([keras.Input((128,)), keras.layers.Dense(128)])
    model.set_weights([square, numpy.zeros(128, "float32")])
    with tempfile.TemporaryDirectory() as folder:
        for name in ("float32.keras", "float32.keras.h5"):
            model.save(f"{folder}/{name}")
            write(name, Path(folder, name).read_bytes())
        for name in ("float16", "float64"):
            with h5py.File(f"{folder}/{name}.h5", "w") as file:
                file["w"] = square.astype(name)
            write(f"{name}.h5", Path(folder, f"{name}.h5").read_bytes())
        module = tensorflow.Module()
        module.b = tensorflow.Variable(numpy.zeros(7, "float32"))
        module.w = tensorflow.Variable(square)
        tensorflow.saved_model.save(module, f"{folder}/saved")
        data = Path(folder, "saved/variables/variables.data-00000-of-00001")
        write("float32.data-00000-of-00001", data.read_bytes())
        graph = tensorflow.Graph()
        with graph.as_default():
            tensorflow.constant(square, name="w")
        write("float32.pb", graph.as_graph_def().SerializeToString())
        model.set_weights([square.T, numpy.zeros(128, "float32")])  # turned round by the converter
        converter = tensorflow.lite.TFLiteConverter.from_keras_model(model)
        write("float32.tflite", converter.convert())


if __name__ == "__main__":
    globals()[f"make_{sys.argv[1]}"]()
