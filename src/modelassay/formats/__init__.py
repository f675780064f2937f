"""The table of formats. To add one: a module with `identify` and `parse`, and one line here.

A probe is a cheap necessary condition on the first and last bytes of a blob; only where it holds
is the module imported and asked to `identify`. All formats that match are read: a file that is two
formats at once is read as both. A format that `refines` another takes its place where both match.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from types import ModuleType

import msgspec

from modelassay.formats.probes import (
    BYTECODE,
    HEAD,
    MACHO,
    Probe,
    always,
    anything,
    magic,
    maybe_base64,
    maybe_booster,
    maybe_compressed,
    maybe_coreml_weights,
    maybe_hdf5,
    maybe_json,
    maybe_json_any,
    maybe_keras_config,
    maybe_lightgbm,
    maybe_llamafile,
    maybe_message,
    maybe_onnx_text,
    maybe_packed_map,
    maybe_paddle,
    maybe_pickle,
    maybe_pyc,
    maybe_r_lazy,
    maybe_safetensors,
    maybe_table,
    maybe_tar,
    maybe_tensorrt,
    maybe_text,
    maybe_text_message,
    maybe_torch7,
    maybe_torch_legacy,
    maybe_word2vec,
    maybe_xml,
    maybe_yaml,
    maybe_zip,
    mentions,
    never,
    possible,
)
from modelassay.io.blob import Blob

TAIL = 65_557  # the end record of a zip with the longest comment


class Entry(msgspec.Struct, frozen=True):
    """One format: its id, what it is, its module, its probe, and the suffixes it usually bears.

    An `inert` format, such as text, carries nothing that loads and yields to any other match. One
    that is `written` is text that may be of several such formats at once and be honest; it yields
    to none.
    `module` stands in `package`, which is another one where a plugin brings the format.
    """

    id: str
    title: str
    module: str
    probe: Probe
    suffixes: tuple[str, ...] = ()
    refines: tuple[str, ...] = ()
    inert: bool = False
    written: bool = False
    package: str = "modelassay.formats"

    def load(self) -> ModuleType:
        """Import the module of this format."""
        return _module(self.package, self.module)


@cache
def _module(package: str, name: str) -> ModuleType:
    return import_module(f"{package}.{name}")


FORMATS: tuple[Entry, ...] = (
    Entry("zip", "ZIP archive", "zip", maybe_zip, (".zip",)),
    Entry(
        "pickle",
        "Python pickle, also of joblib, dill, cloudpickle and pandas",
        "pickle",
        maybe_pickle,
        (".pkl", ".pickle", ".pk", ".p", ".joblib", ".jl", ".dill", ".sav", ".dat", ".ckpt"),
    ),
    Entry(
        "pytorch-zip",
        "PyTorch archive, also of TorchScript, torch.package and torch.export",
        "pytorch.archive",
        maybe_zip,
        (".pt", ".pth", ".ptl", ".torchscript", ".jit", ".distcp", ".pt2"),
        refines=("zip",),
    ),
    Entry(
        "python-source",
        "Python source inside a model",
        "pysource",
        never,
        refines=("python-module",),
    ),
    Entry(
        "python-module",
        "Python source",
        "pysource.module",
        mentions(b"import", b"def ", b"def\t", b"class", b"python"),
        (".py",),
        written=True,
    ),
    Entry("notebook", "Jupyter notebook", "notebook", maybe_json, (".ipynb",)),
    Entry(
        "shell",
        "shell script, Dockerfile",
        "shell",
        mentions(b"#!", b"FROM", b"From", b"from"),
        (".sh",),
        written=True,
    ),
    Entry(
        "requirements",
        "requirements of pip",
        "dependencies.requirements",
        mentions(b"=", b"<", b">", b"@", b"~", b"-"),
        written=True,
    ),
    Entry(
        "conda",
        "environment of conda",
        "dependencies.conda",
        mentions(b"dependencies:"),
        written=True,
    ),
    Entry(
        "project",
        "pyproject.toml",
        "dependencies.project",
        mentions(b"[build-system]", b"[project]", b"[tool."),
        written=True,
    ),
    Entry("torch-export-graph", "graph of torch.export", "pytorch.exported", never),
    Entry(
        "torchscript-source",
        "TorchScript source in such an archive",
        "pytorch.torchscript",
        never,
        refines=("python-module",),
    ),
    Entry(
        "pytorch-legacy",
        "PyTorch file of before 1.6",
        "pytorch.legacy",
        maybe_torch_legacy,
        (".pt", ".pth"),
        refines=("pickle",),
    ),
    Entry("numpy", "NumPy array", "numpy", magic(b"\x93NUMPY"), (".npy",)),
    Entry("npz", "archive of NumPy arrays", "npz", maybe_zip, (".npz",), refines=("zip",)),
    Entry("skops", "skops estimator", "skops", maybe_zip, (".skops",), refines=("zip",)),
    Entry("skops-schema", "schema of a skops estimator", "skops_schema", never),
    Entry("tar", "tar archive", "tar", maybe_tar, (".tar",)),
    Entry(
        "pytorch-tar",
        "PyTorch file of before 0.1.10",
        "pytorch.tar",
        maybe_tar,
        (".pt", ".pth"),
        refines=("tar",),
    ),
    Entry(
        "pytorch-tar-part",
        "storages or tensors of such a file",
        "pytorch.part",
        never,
        refines=("pickle",),
    ),
    Entry(
        "safetensors", "safetensors tensors", "safetensors", maybe_safetensors, (".safetensors",)
    ),
    Entry(
        "hdf5", "HDF5, also Keras weights and legacy models", "hdf5", maybe_hdf5, (".h5", ".hdf5")
    ),
    Entry("gguf", "GGUF model of llama.cpp", "gguf", magic(b"GGUF"), (".gguf",)),
    Entry(
        "ggml",
        "GGML, GGMF, GGJT and GGLA models of before GGUF",
        "gguf.legacy",
        magic(b"lmgg", b"fmgg", b"tjgg", b"algg"),
        (".ggml",),
    ),
    Entry("keras", "Keras archive", "keras.archive", maybe_zip, (".keras",), refines=("zip",)),
    Entry(
        "keras-config",
        "configuration of a Keras model",
        "keras.config",
        maybe_keras_config,
    ),
    Entry("nemo", "NeMo model", "nemo", maybe_tar, (".nemo",), refines=("tar",)),
    Entry(
        "hydra-config",
        "configuration instantiated by name",
        "hydra_config",
        maybe_yaml,
        written=True,
    ),
    Entry("7z", "7z archive", "sevenzip", magic(b"7z\xbc\xaf\x27\x1c"), (".7z",)),
    Entry(
        "compressed",
        "gzip, bzip2, xz, lzma, zlib, zstd or lz4 stream, also of old joblib",
        "compressed",
        maybe_compressed,
        (".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4", ".z"),
    ),
    Entry("onnx", "ONNX model", "onnx", maybe_message, (".onnx",)),
    Entry("onnx-text", "ONNX model in text", "onnx.text", maybe_onnx_text, (".onnxtxt",)),
    Entry(
        "onnx-textproto",
        "ONNX model in protobuf text",
        "onnx.textproto",
        maybe_text_message,
        (".textproto",),
    ),
    Entry("onnx-runtime", "ONNX Runtime model", "onnx.ort", magic(b"ORTM", at=4), (".ort",)),
    Entry(
        "tflite",
        "TensorFlow Lite model",
        "tflite",
        magic(b"TFL3", at=4),
        (".tflite", ".lite"),
        refines=("zip",),
    ),
    Entry(
        "pytorch-mobile",
        "TorchScript for mobile as a flatbuffer",
        "pytorch.mobile",
        magic(b"PTMF", at=4),
        (".ptl", ".ff"),
    ),
    Entry("executorch", "ExecuTorch program", "executorch", magic(b"ET12", at=4), (".pte",)),
    Entry(
        "sentencepiece",
        "tokenizer of SentencePiece",
        "sentencepiece",
        maybe_message,
        (".model", ".spm"),
    ),
    Entry("onnx-tensor", "tensors of ONNX in a file of their own", "onnx.data", maybe_message),
    Entry(
        "tensorflow",
        "TensorFlow SavedModel, MetaGraph or GraphDef",
        "tensorflow",
        maybe_message,
        (".pb", ".meta"),
    ),
    Entry(
        "tensorflow-text",
        "TensorFlow SavedModel, MetaGraph or GraphDef in text",
        "tensorflow.text",
        maybe_text_message,
        (".pbtxt",),
    ),
    Entry(
        "tensorflow-checkpoint",
        "index of a TensorFlow checkpoint",
        "tensorflow.checkpoint",
        maybe_table,
    ),
    Entry(
        "tensorflow-fingerprint",
        "fingerprint of a SavedModel",
        "tensorflow.fingerprint",
        maybe_message,
        inert=True,
    ),
    Entry(
        "keras-metadata",
        "Keras metadata of a SavedModel",
        "tensorflow.keras_metadata",
        maybe_message,
    ),
    Entry(
        "r",
        "values of R",
        "r",
        magic(b"X\n", b"A\n", b"B\n", b"RDX", b"RDA", b"RDB"),
        (".rds", ".rda", ".rdata"),
    ),
    Entry("r-lazy", "database of values of R", "r.lazy", maybe_r_lazy, (".rdb",)),
    Entry("base64", "base64 or hexadecimal text of a model", "base64", maybe_base64),
    Entry(
        "picture",
        "picture or sound",
        "picture",
        magic(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF"),
        inert=True,
    ),
    Entry(
        "executable",
        "program or library: ELF, PE, .NET, Mach-O, WebAssembly, Java class, DEX",
        "executable",
        magic(b"\x7fELF", b"MZ", *MACHO, *BYTECODE),
        (".so", ".dll", ".exe", ".dylib", ".pyd", ".wasm", ".class", ".dex"),
    ),
    Entry("tensor-index", "index of sharded weights", "tensor_index", maybe_json, (".index.json",)),
    Entry(
        "hf-config",
        "configuration of Hugging Face libraries, also with chat templates",
        "hf_config",
        maybe_json_any,
        refines=("chat-template",),
        written=True,
    ),
    Entry(
        "mlflow-model",
        "MLmodel of MLflow",
        "mlflow_model",
        maybe_text,
        refines=("hydra-config", "chat-template", "conda"),
    ),
    Entry(
        "modelfile",
        "Modelfile of Ollama",
        "modelfile",
        maybe_text,
        refines=("chat-template",),
        written=True,
    ),
    Entry(
        "image-manifest", "manifest of an Ollama model or OCI image", "image_manifest", maybe_json
    ),
    Entry(
        "tfjs",
        "TensorFlow.js model",
        "tfjs",
        maybe_json_any,
        refines=("keras-config",),
    ),
    Entry("xml", "XML document", "xml", maybe_xml, (".xml",), refines=("chat-template",)),
    Entry("openvino", "OpenVINO network", "xml.openvino", maybe_xml, refines=("xml",)),
    Entry("pmml", "PMML model", "xml.pmml", maybe_xml, (".pmml",), refines=("xml",)),
    Entry(
        "xgboost",
        "XGBoost model",
        "boosting.xgboost",
        maybe_json,
        (".ubj",),
        refines=("chat-template",),
    ),
    Entry(
        "xgboost-binary", "XGBoost model of before 2.1", "boosting.xgboost_binary", maybe_booster
    ),
    Entry("xgboost-data", "data of XGBoost", "boosting.dmatrix", magic(b"\x01\xab\xff\xff")),
    Entry(
        "lightgbm",
        "LightGBM model",
        "boosting.lightgbm",
        maybe_lightgbm,
        refines=("chat-template",),
    ),
    Entry("lightgbm-data", "data of LightGBM", "boosting.dataset", magic(b"______LightGBM_")),
    Entry("catboost", "CatBoost model", "boosting.catboost", magic(b"CBM1"), (".cbm",)),
    Entry(
        "catboost-json",
        "CatBoost model in JSON",
        "boosting.catboost_json",
        maybe_json,
        refines=("chat-template",),
    ),
    Entry("coreml", "CoreML model", "coreml", maybe_message, (".mlmodel",)),
    Entry("coreml-package", "manifest of a CoreML package", "coreml_package", maybe_json),
    Entry("coreml-weights", "weights of a CoreML program", "coreml_weights", maybe_coreml_weights),
    Entry("paddle", "PaddlePaddle program", "paddle.program", maybe_paddle, (".pdmodel",)),
    Entry(
        "paddle-parameters",
        "parameters of a PaddlePaddle program",
        "paddle.parameters",
        magic(bytes(4)),
        (".pdiparams",),
    ),
    Entry("java", "Java serialization", "java", magic(b"\xac\xed\0\5"), (".ser",)),
    Entry("mojo", "MOJO model of H2O", "mojo", maybe_zip, (".mojo",), refines=("zip",)),
    Entry("mojo-tree", "tree of a MOJO", "mojo.tree", never),
    Entry(
        "mediapipe-task",
        "task bundle of MediaPipe",
        "mediapipe_task",
        maybe_zip,
        (".task",),
        refines=("zip",),
    ),
    Entry("mediapipe", "graph of MediaPipe", "mediapipe", maybe_message, (".binarypb",)),
    Entry(
        "triton",
        "model configuration of Triton",
        "triton",
        mentions(b"platform", b"backend", b"input"),
        written=True,
    ),
    Entry("spacy-config", "spaCy pipeline", "spacy_config", mentions(b"[nlp]"), written=True),
    Entry("rasa", "metadata of a Rasa model", "rasa", maybe_json),
    Entry("bento", "model or service of BentoML", "bento", mentions(b"version:"), written=True),
    Entry(
        "columnar",
        "table of data: Parquet, Arrow, Feather",
        "columnar",
        magic(b"PAR1", b"PARE", b"ARROW1\0\0", b"FEA1"),
        (".parquet", ".arrow", ".feather"),
    ),
    Entry("lfs-pointer", "pointer of Git LFS", "lfs_pointer", magic(b"version https://")),
    Entry("flax", "Flax checkpoint, MessagePack", "flax", maybe_packed_map, (".msgpack",)),
    Entry(
        "orbax",
        "metadata of an Orbax checkpoint",
        "orbax.metadata",
        maybe_json,
        refines=("chat-template",),
    ),
    Entry("torch7", "objects of Torch7", "torch7", maybe_torch7, (".t7", ".th7")),
    Entry("mxnet", "network of MXNet", "mxnet.symbol", maybe_json, refines=("chat-template",)),
    Entry(
        "mxnet-params", "parameters of MXNet", "mxnet.params", magic(b"\x12\1\0\0"), (".params",)
    ),
    Entry("tensorrt", "engine of TensorRT", "tensorrt", maybe_tensorrt, (".engine", ".plan")),
    Entry("fasttext", "fastText model", "vectors.fasttext", magic(b"\xba\x16\x4f\x2f"), (".ftz",)),
    Entry(
        "ctranslate2",
        "CTranslate2 model, as faster-whisper has",
        "ctranslate2",
        magic(*(bytes([version, 0, 0, 0]) for version in range(2, 21))),
    ),
    Entry("word2vec", "word2vec vectors", "vectors.word2vec", maybe_word2vec),
    Entry("torchserve", "TorchServe archive", "torchserve", maybe_zip, (".mar",), ("zip",)),
    Entry(
        "torchserve-manifest",
        "manifest of a TorchServe archive",
        "torchserve_manifest",
        maybe_json,
        refines=("chat-template",),
    ),
    Entry(
        "llamafile",
        "llamafile, a program with its model",
        "llamafile",
        maybe_llamafile,
        (".llamafile",),
        refines=("zip", "executable"),
    ),
    Entry("zarr", "description of a zarr array", "orbax.zarr", maybe_json),
    Entry(
        "zarr-shard",
        "chunks of a zarr array",
        "orbax.shard",
        magic(b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08"),
        refines=("compressed",),
    ),
    Entry(
        "ocdbt",
        "database of arrays, of TensorStore and Orbax",
        "orbax.ocdbt",
        magic(b"\x0c\xdb"),
        (".ocdbt",),
    ),
    Entry(
        "chat-template",
        "Jinja chat template",
        "chat_template",
        maybe_text,
        (".jinja",),
        written=True,
    ),
    Entry("python-code", "compiled Python module", "pyc", maybe_pyc, (".pyc",)),
    Entry(
        "model-card",
        "model card, the README of a model",
        "model_card",
        mentions(b"---"),
        inert=True,
        written=True,
    ),
    Entry("script", "script with its interpreter", "script", magic(b"#!"), inert=True),
    Entry("text", "text, source, configuration", "text", anything, inert=True),
)
SEARCH = Entry("search", "bytes of no known format, searched for what they carry", "search", always)

BY_ID: dict[str, Entry] = {entry.id: entry for entry in FORMATS}

#: Suffixes of model files whose formats are not read yet: they are unknown, never clean.
_UNREAD_SUFFIXES = (
    *(".pdparams", ".model", ".bin", ".mlpackage", ".npy", ".npz", ".weights"),
    *(".pt", ".pth", ".ckpt", ".torchscript", ".jit", ".ptl", ".distcp", ".7z"),
)
MODEL_SUFFIXES: frozenset[str] = frozenset(_UNREAD_SUFFIXES).union(
    *(entry.suffixes for entry in FORMATS)
)


def add(*entries: Entry) -> None:
    """Add the formats of a plugin. Raises `ValueError` where an id is taken."""
    global FORMATS, MODEL_SUFFIXES
    for entry in entries:
        if entry.id in BY_ID:
            raise ValueError(f"there is a format {entry.id!r} already")
        BY_ID[entry.id] = entry
        FORMATS = (*FORMATS, entry)
        MODEL_SUFFIXES = MODEL_SUFFIXES.union(entry.suffixes)
    _possible.cache_clear()


@lru_cache(512)
def _possible(first: bytes, text: bool) -> tuple[Entry, ...]:
    """Return the formats that bytes may be of which start with `first`, or are text."""
    head = first if text else first + b"\0"
    return tuple(entry for entry in FORMATS if possible(entry.probe, head))


def candidates(blob: Blob) -> list[Entry]:
    """Return the formats whose probe holds for `blob`. Raises `ReadError`."""
    head = blob.head(HEAD)
    kept: list[bytes] = []

    def tail() -> bytes:
        if not kept:
            kept.append(head if blob.size <= HEAD else blob.sub(blob.size - TAIL).head(TAIL))
        return kept[0]

    holds: dict[Probe, bool] = {}  # many formats share one
    found = []
    for entry in _possible(head[:1], 0 not in head):
        if (held := holds.get(entry.probe)) is None:
            held = holds[entry.probe] = entry.probe(head, tail)
        if held:
            found.append(entry)
    return found


def settle(matches: list[Entry]) -> list[Entry]:
    """Return `matches` without what others refine, and without inert ones beside others."""
    refined = {base for entry in matches for base in entry.refines}
    kept = [entry for entry in matches if entry.id not in refined]
    return [entry for entry in kept if entry.written or not entry.inert] or kept[:1]
