"""Make the samples of networks and of archives that hold them, by whatever package is there.

Run in throw-away environments, of Python 3.8 or later, each package in one of its own:

    pip install coremltools==9.0        pip install coremltools==6.3.0 "numpy<1.24"
    pip install openvino==2026.4.1      pip install openvino==2023.3.0
    pip install paddlepaddle==3.3.1     pip install paddlepaddle==2.6.2
    pip install tensorflow-cpu==2.15.1 tf_keras tensorflow-hub; pip install --no-deps tensorflowjs
    pip install --no-deps mxnet==1.9.1 "numpy<1.24" requests graphviz
    pip install torch-model-archiver==0.12.0
    pip install py7zr nbformat
    python make_zoo_networks.py PACKAGE ...
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from make_zoo import folder

ONES = np.ones((4, 4), np.float32)


def make_coreml(out: Path) -> None:
    import coremltools
    from coremltools.converters.mil import Builder

    target = getattr(coremltools.target, "iOS18", coremltools.target.iOS15)

    @Builder.program(input_specs=[Builder.TensorSpec(shape=(1, 4))], opset_version=target)
    def program(x):  # type: ignore[no-untyped-def]
        return Builder.matmul(x=x, y=ONES)

    model = coremltools.convert(program, minimum_deployment_target=target)
    if not hasattr(coremltools.utils, "MultiFunctionDescriptor"):
        model.save(str(out / "one.mlpackage"))
        return
    with tempfile.TemporaryDirectory() as path:
        model.save(f"{path}/one.mlpackage")
        several = coremltools.utils.MultiFunctionDescriptor()
        several.add_function(f"{path}/one.mlpackage", "main", "first")
        several.add_function(f"{path}/one.mlpackage", "main", "second")
        several.default_function_name = "first"
        coremltools.utils.save_multifunction(several, str(out / "several.mlpackage"))


def make_openvino(out: Path) -> None:
    import openvino

    try:
        from openvino import opset13 as op
    except ImportError:  # before 2024
        from openvino.runtime import opset13 as op

    x = op.parameter([1, 4], np.float32, name="x")
    result = op.relu(op.matmul(x, op.constant(ONES), False, False))
    openvino.save_model(openvino.Model([result], [x], "m"), out / "model.xml")


def make_paddle(out: Path) -> None:
    import paddle

    net = paddle.nn.Sequential(paddle.nn.Linear(4, 2), paddle.nn.ReLU())
    wanted = [paddle.static.InputSpec([None, 4], "float32")]
    paddle.jit.save(net, str(out / "model"), input_spec=wanted)
    optimizer = paddle.optimizer.Adam(parameters=net.parameters())
    net(paddle.ones([1, 4])).sum().backward()
    optimizer.step()
    paddle.save(net.state_dict(), str(out / "state.pdparams"))
    paddle.save(optimizer.state_dict(), str(out / "state.pdopt"))
    program = out / "model.pdmodel"
    if program.exists():  # it names the folders of this machine
        data = re.sub(rb"/[\w./-]*?/(?=site-packages/|make_zoo)", _dashes, program.read_bytes())
        program.write_bytes(data)


def _dashes(found: re.Match[bytes]) -> bytes:
    return b"/" + b"-" * (len(found[0]) - 2) + b"/"


def make_tensorflowjs(out: Path) -> None:
    import tensorflow as tf
    from tensorflowjs.converters import convert_tf_saved_model, save_keras_model

    layers = tf.keras.layers
    model = tf.keras.Sequential([layers.Dense(2, activation="relu", input_shape=(4,))])
    save_keras_model(model, str(out / "layers"))
    with tempfile.TemporaryDirectory() as path:
        tf.saved_model.save(model, path)
        convert_tf_saved_model(path, str(out / "graph"))


def make_mxnet(out: Path) -> None:
    import mxnet

    net = mxnet.gluon.nn.HybridSequential()
    net.add(mxnet.gluon.nn.Dense(2, activation="relu"))
    net.initialize()
    net.hybridize()
    net(mxnet.nd.ones((1, 4)))
    net.export(str(out / "model"))
    net.save_parameters(str(out / "gluon.params"))
    rows = mxnet.nd.array(np.eye(3)).tostype("row_sparse")
    mxnet.nd.save(str(out / "sparse.params"), {"rows": rows, "columns": rows.tostype("default")})


def make_archive(out: Path) -> None:
    with tempfile.TemporaryDirectory() as path:
        weights = Path(path) / "weights.npy"
        np.save(weights, ONES)
        command = ["torch-model-archiver", "--model-name", "m", "--version", "1.0", "--handler"]
        command += ["image_classifier", "--serialized-file", str(weights), "--export-path"]
        subprocess.run([*command, str(out)], check=True)


def make_sevenzip(out: Path) -> None:
    import py7zr

    with tempfile.TemporaryDirectory() as path:
        np.save(f"{path}/w.npy", ONES)
        for name, filters in (
            ("lzma2", None),
            ("delta", [{"id": py7zr.FILTER_DELTA}, {"id": py7zr.FILTER_LZMA2, "preset": 6}]),
        ):
            with py7zr.SevenZipFile(out / f"{name}.7z", "w", filters=filters) as archive:
                archive.write(f"{path}/w.npy", "model/w.npy")
                archive.writestr(json.dumps({"note": "é"}), "config.json")


def make_notebook(out: Path) -> None:
    import nbformat

    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_markdown_cell("# How it was trained"),
        nbformat.v4.new_code_cell("import numpy as np\n\nnp.ones(3).sum()"),
    ]
    for number, cell in enumerate(made.cells):
        if "id" in cell:
            cell["id"] = f"cell-{number}"
    nbformat.write(made, str(out / "train.ipynb"))


MAKERS = {
    "coremltools": make_coreml,
    "openvino": make_openvino,
    "paddlepaddle": make_paddle,
    "tensorflowjs": make_tensorflowjs,
    "mxnet": make_mxnet,
    "torch-model-archiver": make_archive,
    "py7zr": make_sevenzip,
    "nbformat": make_notebook,
}

if __name__ == "__main__":
    for package in sys.argv[1:]:
        made = folder(package)
        assert made is not None, package
        MAKERS[package](made)
