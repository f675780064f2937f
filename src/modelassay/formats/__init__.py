"""The table of formats. To add one: a module with `identify` and `parse`, and one line here.

A probe is a cheap necessary condition on the first and last bytes of a blob; only where it holds
is the module imported and asked to `identify`. All formats that match are read: a file that is two
formats at once is read as both. A format that `refines` another takes its place where both match.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

import msgspec

from modelassay.io.blob import Blob

HEAD = 4096
TAIL = 65_557  # the end record of a zip with the longest comment

Probe = Callable[[bytes, Callable[[], bytes]], bool]


class Entry(msgspec.Struct, frozen=True):
    """One format: its id, what it is, its module, its probe, and the suffixes it usually bears.

    An `inert` format, such as text, carries nothing that loads and yields to any other match.
    """

    id: str
    title: str
    module: str
    probe: Probe
    suffixes: tuple[str, ...] = ()
    refines: tuple[str, ...] = ()
    inert: bool = False

    def load(self) -> ModuleType:
        """Import the module of this format."""
        return import_module(f"modelassay.formats.{self.module}")


def _magic(*signatures: bytes, at: int = 0) -> Probe:
    def probe(head: bytes, tail: Callable[[], bytes]) -> bool:
        return head.startswith(signatures, at)

    return probe


def _never(head: bytes, tail: Callable[[], bytes]) -> bool:
    """Only reached where a format names it for its child."""
    return False


def _always(head: bytes, tail: Callable[[], bytes]) -> bool:
    return bool(head)


def _text(head: bytes, tail: Callable[[], bytes]) -> bool:
    return bool(head) and b"\0" not in head


def _anything(head: bytes, tail: Callable[[], bytes]) -> bool:
    return True  # an empty file too


def _zip(head: bytes, tail: Callable[[], bytes]) -> bool:
    return head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08")) or b"PK\5\6" in tail()


def _tar(head: bytes, tail: Callable[[], bytes]) -> bool:
    return len(head) >= 512 and head[148:155].strip(b" \0").isdigit()


def _compressed(head: bytes, tail: Callable[[], bytes]) -> bool:
    if head.startswith(_COMPRESSED) or (head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5):
        return True
    zlib = head[:1] in _ZLIB_FIRST and not int.from_bytes(head[:2], "big") % 31
    return zlib or (head[1:3] == b"\0\0" and len(head) > 13 and head[13] == 0)


def _safetensors(head: bytes, tail: Callable[[], bytes]) -> bool:
    return head[8:].lstrip(b" \t\r\n")[:1] == b"{"


def _json_object(head: bytes, tail: Callable[[], bytes]) -> bool:
    return head.lstrip(_JSON_SPACE)[:1] in (b"{", b"")


def _hdf5(head: bytes, tail: Callable[[], bytes]) -> bool:
    # The superblock may stand at 512, 1024, 2048 and so on, far behind the head.
    return len(head) == HEAD or any(head.startswith(_HDF5, at) for at in (0, 512, 1024, 2048))


def _message(head: bytes, tail: Callable[[], bytes]) -> bool:
    if head[:1] == b"\x80" and head[1:2] <= b"\5":
        # The PROTO of a pickle, or a field that no model's message has.
        return False
    from modelassay.io.protobuf import starts_message

    return starts_message(head)


def _json(head: bytes, tail: Callable[[], bytes]) -> bool:
    # Any amount of white space may stand in front, more than there is of the head.
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] in (b"{", b"")


def _lightgbm(head: bytes, tail: Callable[[], bytes]) -> bool:
    return head.startswith(b"tree") or _json(head, tail)


def _coreml_weights(head: bytes, tail: Callable[[], bytes]) -> bool:
    return head.startswith(b"\xef\xbe\xad\xde", 64)


def _paddle(head: bytes, tail: Callable[[], bytes]) -> bool:
    return _json(head, tail) or (head[:1] == b"\n" and _message(head, tail))


def _packed_map(head: bytes, tail: Callable[[], bytes]) -> bool:
    return head[:1] in _PACKED_MAP


def _xml(head: bytes, tail: Callable[[], bytes]) -> bool:
    start = head.translate(None, b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1]
    return start in (b"<", b"\x4c") or (not start and head.strip(b"\0") != b"")


def _json_any(head: bytes, tail: Callable[[], bytes]) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] in (b"{", b"[", b"")


def _onnx_text(head: bytes, tail: Callable[[], bytes]) -> bool:
    return head.lstrip()[:1] in (b"<", b"#") and b":" in head


def _text_message(head: bytes, tail: Callable[[], bytes]) -> bool:
    start = head.lstrip()[:64]
    return start[:1] == b"#" or start.startswith(_FIRST_FIELDS)


def _table(head: bytes, tail: Callable[[], bytes]) -> bool:
    return tail().endswith(b"\x57\xfb\x80\x8b\x24\x75\x47\xdb")


def _base64(head: bytes, tail: Callable[[], bytes]) -> bool:
    return len(head) >= 12 and not head[:256].translate(None, _BASE64_TEXT)


def _pickle(head: bytes, tail: Callable[[], bytes]) -> bool:
    return head[:1] in _PICKLE_FIRST


def _torch_legacy(head: bytes, tail: Callable[[], bytes]) -> bool:
    return b"l\xfc\x9cF\xf9 j\xa8P\x19" in head[:64] or b"119547037146038801333356" in head[:64]


_JSON_SPACE = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # with byte order marks
_HDF5 = b"\x89HDF\r\n\x1a\n"
_FIRST_FIELDS = (
    *(b"node", b"library", b"versions", b"graph_def", b"meta_info_def", b"meta_graphs"),
    *(b"saved_model_schema_version", b"signature_def", b"collection_def", b"asset_file_def"),
    *(b"object_graph_def", b"ir_version", b"producer_", b"graph", b"opset_import", b"domain"),
    *(b"model_version", b"doc_string", b"metadata_props", b"training_info", b"functions"),
)
_COMPRESSED = (
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"ZF0x",
)
_ZLIB_FIRST = {bytes([16 * window + 8]) for window in range(8)}
_BASE64_TEXT = string.ascii_letters.encode() + string.digits.encode() + b"+/-_= \t\r\n"
_PICKLE_FIRST = {
    bytes([code])
    for code in b"\x80(])}NIJKMLFGSTUVXBCcgiPl\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x82\x83\x84"
}

_PACKED_MAP = {bytes([code]) for code in (*range(0x81, 0x90), 0xDE, 0xDF)}
_MACHO = (
    *(b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
    *(b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"),
)

FORMATS: tuple[Entry, ...] = (
    Entry("zip", "ZIP archive", "zip", _zip, (".zip",)),
    Entry(
        "pickle",
        "Python pickle, also of joblib, dill, cloudpickle and pandas",
        "pickle",
        _pickle,
        (".pkl", ".pickle", ".pk", ".p", ".joblib", ".jl", ".dill", ".sav", ".dat", ".ckpt"),
    ),
    Entry(
        "pytorch-zip",
        "PyTorch archive, also of TorchScript, torch.package and torch.export",
        "pytorch.archive",
        _zip,
        (".pt", ".pth", ".ptl", ".torchscript", ".jit", ".distcp", ".pt2"),
        refines=("zip",),
    ),
    Entry("python-source", "Python source inside a model", "pysource", _never),
    Entry("torch-export-graph", "graph of torch.export", "pytorch.exported", _never),
    Entry("torchscript", "TorchScript source in such an archive", "pytorch.torchscript", _never),
    Entry(
        "pytorch-legacy",
        "PyTorch file of before 1.6",
        "pytorch.legacy",
        _torch_legacy,
        (".pt", ".pth"),
        refines=("pickle",),
    ),
    Entry("numpy", "NumPy array", "numpy", _magic(b"\x93NUMPY"), (".npy",)),
    Entry("npz", "archive of NumPy arrays", "npz", _zip, (".npz",), refines=("zip",)),
    Entry("skops", "skops estimator", "skops", _zip, (".skops",), refines=("zip",)),
    Entry("skops-schema", "schema of a skops estimator", "skops_schema", _never),
    Entry("tar", "tar archive", "tar", _tar, (".tar",)),
    Entry(
        "pytorch-tar",
        "PyTorch file of before 0.1.10",
        "pytorch.tar",
        _tar,
        (".pt", ".pth"),
        refines=("tar",),
    ),
    Entry(
        "pytorch-tar-part",
        "storages or tensors of such a file",
        "pytorch.part",
        _never,
        refines=("pickle",),
    ),
    Entry("safetensors", "safetensors tensors", "safetensors", _safetensors, (".safetensors",)),
    Entry("hdf5", "HDF5, also Keras weights and legacy models", "hdf5", _hdf5, (".h5", ".hdf5")),
    Entry("gguf", "GGUF model of llama.cpp", "gguf", _magic(b"GGUF"), (".gguf",)),
    Entry(
        "ggml",
        "GGML, GGMF, GGJT and GGLA models of before GGUF",
        "gguf.legacy",
        _magic(b"lmgg", b"fmgg", b"tjgg", b"algg"),
        (".ggml",),
    ),
    Entry("keras", "Keras archive", "keras.archive", _zip, (".keras",), refines=("zip",)),
    Entry("keras-config", "configuration of a Keras model", "keras.config", _json_object),
    Entry("nemo", "NeMo model", "nemo", _tar, (".nemo",), refines=("tar",)),
    Entry("hydra-config", "configuration instantiated by name", "hydra_config", _text),
    Entry("7z", "7z archive", "sevenzip", _magic(b"7z\xbc\xaf\x27\x1c"), (".7z",)),
    Entry(
        "compressed",
        "gzip, bzip2, xz, lzma, zlib, zstd or lz4 stream, also of old joblib",
        "compressed",
        _compressed,
        (".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4", ".z"),
    ),
    Entry("onnx", "ONNX model", "onnx", _message, (".onnx",)),
    Entry("onnx-text", "ONNX model in text", "onnx.text", _onnx_text, (".onnxtxt",)),
    Entry(
        "onnx-textproto",
        "ONNX model in protobuf text",
        "onnx.textproto",
        _text_message,
        (".textproto",),
    ),
    Entry("onnx-runtime", "ONNX Runtime model", "onnx.ort", _magic(b"ORTM", at=4), (".ort",)),
    Entry(
        "tflite",
        "TensorFlow Lite model",
        "tflite",
        _magic(b"TFL3", at=4),
        (".tflite", ".lite"),
        refines=("zip",),
    ),
    Entry("executorch", "ExecuTorch program", "executorch", _magic(b"ET12", at=4), (".pte",)),
    Entry("onnx-tensor", "tensors of ONNX in a file of their own", "onnx.data", _message),
    Entry(
        "tensorflow",
        "TensorFlow SavedModel, MetaGraph or GraphDef",
        "tensorflow",
        _message,
        (".pb", ".meta"),
    ),
    Entry(
        "tensorflow-text",
        "TensorFlow SavedModel, MetaGraph or GraphDef in text",
        "tensorflow.text",
        _text_message,
        (".pbtxt",),
    ),
    Entry(
        "tensorflow-checkpoint",
        "index of a TensorFlow checkpoint",
        "tensorflow.checkpoint",
        _table,
    ),
    Entry(
        "tensorflow-fingerprint",
        "fingerprint of a SavedModel",
        "tensorflow.fingerprint",
        _message,
        inert=True,
    ),
    Entry(
        "keras-metadata", "Keras metadata of a SavedModel", "tensorflow.keras_metadata", _message
    ),
    Entry(
        "r",
        "values of R",
        "r",
        _magic(b"X\n", b"A\n", b"B\n", b"RDX", b"RDA", b"RDB"),
        (".rds", ".rda", ".rdata"),
    ),
    Entry("base64", "base64 or hexadecimal text of a model", "base64", _base64),
    Entry(
        "picture",
        "picture or sound",
        "picture",
        _magic(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF"),
        inert=True,
    ),
    Entry(
        "executable",
        "native program or library: ELF, PE, Mach-O",
        "executable",
        _magic(b"\x7fELF", b"MZ", *_MACHO),
        (".so", ".dll", ".exe", ".dylib", ".pyd"),
    ),
    Entry("tensor-index", "index of sharded weights", "tensor_index", _json, (".index.json",)),
    Entry(
        "hf-config",
        "configuration of Hugging Face libraries, also with chat templates",
        "hf_config",
        _json_any,
        refines=("chat-template",),
    ),
    Entry("modelfile", "Modelfile of Ollama", "modelfile", _text, refines=("chat-template",)),
    Entry("image-manifest", "manifest of an Ollama model or OCI image", "image_manifest", _json),
    Entry(
        "tfjs",
        "TensorFlow.js model",
        "tfjs",
        _json,
        refines=("keras-config",),
    ),
    Entry("xml", "XML document", "xml", _xml, (".xml",), refines=("chat-template",)),
    Entry("openvino", "OpenVINO network", "xml.openvino", _xml, refines=("xml",)),
    Entry("pmml", "PMML model", "xml.pmml", _xml, (".pmml",), refines=("xml",)),
    Entry(
        "xgboost",
        "XGBoost model",
        "boosting.xgboost",
        _json,
        (".ubj",),
        refines=("chat-template",),
    ),
    Entry("xgboost-data", "data of XGBoost", "boosting.dmatrix", _magic(b"\x01\xab\xff\xff")),
    Entry(
        "lightgbm",
        "LightGBM model",
        "boosting.lightgbm",
        _lightgbm,
        refines=("chat-template",),
    ),
    Entry("catboost", "CatBoost model", "boosting.catboost", _magic(b"CBM1"), (".cbm",)),
    Entry("coreml", "CoreML model", "coreml", _message, (".mlmodel",)),
    Entry("coreml-weights", "weights of a CoreML program", "coreml_weights", _coreml_weights),
    Entry("paddle", "PaddlePaddle program", "paddle.program", _paddle, (".pdmodel",)),
    Entry(
        "paddle-parameters",
        "parameters of a PaddlePaddle program",
        "paddle.parameters",
        _magic(bytes(4)),
        (".pdiparams",),
    ),
    Entry("lfs-pointer", "pointer of Git LFS", "lfs_pointer", _magic(b"version https://")),
    Entry("flax", "Flax checkpoint, MessagePack", "flax", _packed_map, (".msgpack",)),
    Entry("chat-template", "Jinja chat template", "chat_template", _text, (".jinja",)),
    Entry("text", "text, source, configuration", "text", _anything, inert=True),
)
SEARCH = Entry(
    "search", "bytes of no known format, searched for what they carry", "search", _always
)

BY_ID: dict[str, Entry] = {entry.id: entry for entry in FORMATS}

#: Suffixes of model files whose formats are not read yet: they are unknown, never clean.
_UNREAD_SUFFIXES = (
    *(".pdparams", ".engine", ".plan", ".params"),
    *(".t7", ".llamafile", ".mar", ".model", ".bin", ".mlpackage", ".npy", ".npz", ".weights"),
    *(".pt", ".pth", ".ckpt", ".torchscript", ".jit", ".ptl", ".distcp", ".7z"),
)
MODEL_SUFFIXES: frozenset[str] = frozenset(_UNREAD_SUFFIXES).union(
    *(entry.suffixes for entry in FORMATS)
)


def candidates(blob: Blob) -> list[Entry]:
    """Return the formats whose probe holds for `blob`. Raises `ReadError`."""
    head = blob.head(HEAD)
    kept: list[bytes] = []

    def tail() -> bytes:
        if not kept:
            kept.append(head if blob.size <= HEAD else blob.sub(blob.size - TAIL).head(TAIL))
        return kept[0]

    return [entry for entry in FORMATS if entry.probe(head, tail)]


def settle(matches: list[Entry]) -> list[Entry]:
    """Return `matches` without what others refine, and without inert ones beside others."""
    refined = {base for entry in matches for base in entry.refines}
    kept = [entry for entry in matches if entry.id not in refined]
    return [entry for entry in kept if not entry.inert] or kept[:1]
