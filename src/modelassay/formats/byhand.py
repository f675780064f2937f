"""What loads a file of each format, and how a person looks at it without loading it.

The commands are those of the field: they list, disassemble or print, and never build an object.
Names come from hostile files: each is quoted for a POSIX shell, and where one holds what a terminal
would act on, no command is given for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from modelassay.core.nesting import escape, split, unescape

_PICKLE: Final = ("pickle.load", "joblib.load", "pandas.read_pickle", "torch.load")
_TORCH: Final = ("torch.load",)
_KERAS: Final = ("keras.models.load_model",)
_ONNX: Final = ("onnx.load", "onnxruntime.InferenceSession")
_TENSORFLOW: Final = ("tf.saved_model.load", "tf.import_graph_def", "TensorFlow Serving")
_HUB: Final = ("transformers from_pretrained",)
_BOOST: Final = ("Booster.load_model",)

#: What loads files of a format; those of `BARE` nothing loads as they are.
LOADERS: Final[dict[str, tuple[str, ...]]] = {
    "pickle": _PICKLE,
    "pytorch-zip": (*_TORCH, "torch.jit.load", "torch.export.load"),
    "pytorch-legacy": _TORCH,
    "pytorch-tar": _TORCH,
    "pytorch-tar-part": _TORCH,
    "torchscript-source": ("torch.jit.load", "libtorch"),
    "torch-export-graph": ("torch.export.load",),
    "python-source": ("import", "trust_remote_code=True"),
    "python-module": ("import", "trust_remote_code=True"),
    "notebook": ("Jupyter",),
    "shell": ("sh", "docker build"),
    "requirements": ("pip install -r",),
    "conda": ("conda env create",),
    "project": ("pip install",),
    "java": ("ObjectInputStream.readObject", "Weka"),
    **dict.fromkeys(("mojo", "mojo-tree"), ("h2o-genmodel",)),
    "mediapipe": ("MediaPipe",),
    "mediapipe-task": ("MediaPipe Tasks",),
    "triton": ("Triton Inference Server",),
    "spacy-config": ("spacy.load",),
    "rasa": ("rasa run",),
    "bento": ("bentoml.models.get",),
    "columnar": ("pyarrow",),
    "numpy": ("numpy.load",),
    "npz": ("numpy.load",),
    "skops": ("skops.io.load",),
    "skops-schema": ("skops.io.load",),
    "safetensors": ("safetensors.safe_open", *_HUB),
    "hdf5": ("h5py.File", *_KERAS),
    "gguf": ("llama.cpp", "llama-cpp-python", "Ollama"),
    "ggml": ("llama.cpp of before GGUF",),
    "keras": _KERAS,
    "keras-config": (*_KERAS, "keras.models.model_from_json"),
    "keras-metadata": ("keras.models.load_model of Keras 2",),
    "nemo": ("nemo restore_from",),
    "hydra-config": ("hydra.utils.instantiate",),
    "onnx": _ONNX,
    "onnx-text": ("onnx.parser",),
    "onnx-textproto": ("onnx.load",),
    "onnx-tensor": _ONNX,
    "onnx-runtime": ("onnxruntime.InferenceSession",),
    "tflite": ("tf.lite.Interpreter", "LiteRT", "MediaPipe"),
    "executorch": ("ExecuTorch runtime",),
    "pytorch-mobile": ("PyTorch Mobile", "torch.jit.mobile"),
    "tensorflow": _TENSORFLOW,
    "tensorflow-text": _TENSORFLOW,
    "tensorflow-checkpoint": ("tf.train.load_checkpoint",),
    "r": ("readRDS", "load"),
    "executable": ("the dynamic loader",),
    "tensor-index": _HUB,
    "hf-config": _HUB,
    "mlflow-model": ("mlflow.pyfunc.load_model",),
    "chat-template": ("apply_chat_template", "llama-cpp-python", "vLLM"),
    "modelfile": ("ollama create",),
    "image-manifest": ("ollama pull", "container runtimes"),
    "tfjs": ("tf.loadLayersModel", "tf.loadGraphModel"),
    "openvino": ("openvino.Core.read_model",),
    "pmml": ("PMML engines",),
    "xgboost": _BOOST,
    "lightgbm": ("lightgbm.Booster",),
    "catboost": ("CatBoost.load_model",),
    "coreml": ("Core ML", "coremltools"),
    "paddle": ("paddle.jit.load", "paddle.inference"),
    "paddle-parameters": ("paddle.load",),
    "torch7": ("torch.load of Torch7",),
    "mxnet": ("mxnet.sym.load",),
    "mxnet-params": ("mxnet.nd.load",),
    "tensorrt": ("deserializeCudaEngine",),
    "fasttext": ("fasttext.load_model",),
    "sentencepiece": ("sentencepiece.SentencePieceProcessor", *_HUB),
    "ctranslate2": ("ctranslate2.Translator", "ctranslate2.Generator"),
    "word2vec": ("gensim.models.KeyedVectors",),
    "torchserve": ("torchserve",),
    "torchserve-manifest": ("torchserve",),
    "llamafile": ("the file itself",),
    "xgboost-binary": _BOOST,
    **dict.fromkeys(("coreml-package", "coreml-weights"), ("Core ML", "coremltools")),
    "catboost-json": ("CatBoost.load_model",),
    "r-lazy": ("lazyLoad",),
    "orbax": ("orbax.checkpoint",),
    "ocdbt": ("orbax.checkpoint", "tensorstore"),
    **dict.fromkeys(("zarr", "zarr-shard"), ("zarr.open", "tensorstore")),
    "flax": ("flax.serialization.from_bytes",),
}

#: What loads by name or by the way, and is no model of its own.
_BESIDE: Final = frozenset(
    (
        *("python-source", "executable", "hf-config", "tensor-index", "chat-template", "modelfile"),
        *("mlflow-model", "image-manifest", "keras-config", "hydra-config", "skops-schema"),
        *("torchscript-source", "python-module", "notebook", "shell", "requirements", "conda"),
        *("project", "columnar", "torch-export-graph", "torchserve-manifest", "keras-metadata"),
    )
)
#: Formats that no loader of models takes as they are: containers, data, text.
BARE: Final = frozenset(
    (
        *("zip", "tar", "7z", "compressed", "base64", "text", "script", "picture", "xml"),
        *("lfs-pointer", "model-card", "tensorflow-fingerprint", "lightgbm-data", "xgboost-data"),
        "python-code",
    )
)
#: What reading finds a file to be more exactly, and the format it is listed as.
_REFINED: Final = {
    **dict.fromkeys(("torchscript", "torch-package", "torch-export"), "pytorch-zip"),
    **dict.fromkeys(("tensorflow-saved-model", "tensorflow-meta-graph"), "tensorflow"),
    "tensorflow-graph": "tensorflow",
    **dict.fromkeys(
        ("tensorflow-saved-model-text", "tensorflow-meta-graph-text"), "tensorflow-text"
    ),
    "tensorflow-graph-text": "tensorflow-text",
    "joblib": "pickle",
    "dockerfile": "shell",
    "tokenizer-config": "hf-config",
}


def loaders_of(format: str | None) -> tuple[str, ...]:
    """Return what loads files of a format, as it is listed or as it was read."""
    return LOADERS.get(_listed(format), ())


def is_model(format: str | None) -> bool:
    """Whether a file of this format is a model, or holds the weights of one."""
    known = _listed(format)
    return known in LOADERS and known not in _BESIDE


def _listed(format: str | None) -> str:
    return _REFINED.get(format or "", format or "")


_TEXTS: Final = (
    *("python-source", "python-module", "torchscript-source", "text", "chat-template", "modelfile"),
    *("hydra-config", "xml", "openvino", "pmml", "shell", "script", "requirements", "conda"),
    *("project", "mlflow-model", "model-card", "spacy-config", "rasa", "bento", "triton"),
    *("onnx-text", "onnx-textproto", "tensorflow-text", "lightgbm", "lfs-pointer", "orbax"),
    *("torchserve-manifest", "mojo-tree", "base64"),
)
_JSONS: Final = (
    *("keras-config", "hf-config", "tensor-index", "tfjs", "torch-export-graph", "image-manifest"),
    *("notebook", "catboost-json", "skops-schema", "coreml-package"),
)
_MESSAGES: Final = (
    *("onnx", "onnx-tensor", "tensorflow", "keras-metadata", "coreml", "paddle", "mediapipe"),
    "tensorflow-fingerprint",
)
#: The structure of what no common tool prints is in its readable parts.
_STRINGS: Final = (
    *("tflite", "executorch", "onnx-runtime", "pytorch-mobile", "java", "r", "r-lazy", "torch7"),
    *("catboost", "xgboost", "xgboost-binary", "mxnet", "mxnet-params", "paddle-parameters"),
    *("tensorrt", "ggml", "flax", "fasttext", "word2vec", "columnar", "tensorflow-checkpoint"),
    *(
        "sentencepiece",
        "ctranslate2",
        "python-code",
        "ocdbt",
        "zarr-shard",
        "coreml-weights",
        "lightgbm-data",
        "xgboost-data",
    ),
)
_LOOK: Final[dict[str, str]] = {
    **dict.fromkeys(_TEXTS, "less {}"),
    **dict.fromkeys(_JSONS, "python3 -m json.tool {}"),
    **dict.fromkeys(_MESSAGES, "protoc --decode_raw < {}"),
    **dict.fromkeys(_STRINGS, "strings -n 6 {} | less"),
    **dict.fromkeys(("executable", "llamafile", "picture"), "file {}"),
    **dict.fromkeys(("pickle", "pytorch-legacy"), "python3 -m pickletools {}"),
    "pytorch-tar-part": "python3 -m pickletools {}",
    "hdf5": "h5dump -A {}",
    "gguf": "gguf-dump --no-tensors {}",
    "safetensors": "tail -c +9 {} | head -c 4000",
    "numpy": "head -c 256 {}",
    "zarr": "less {}",
    "7z": "7z l {}",
    "compressed": "file {}",
}

_ZIPS: Final = (
    *("zip", "pytorch-zip", "npz", "skops", "keras", "mojo", "mediapipe-task", "torchserve"),
)
_TARS: Final = ("tar", "pytorch-tar", "nemo")
_LIST: Final = dict.fromkeys(_ZIPS, "unzip -l {}") | dict.fromkeys(_TARS, "tar -tvf {}")
_UNPACK: Final = dict.fromkeys(_ZIPS, "unzip -p {} {}") | dict.fromkeys(_TARS, "tar -xOf {} {}")
_SHOWN: Final = 96  # bytes around an offset


def steps(
    path: str, format_of: Callable[[str], str | None], offset: int | None = None
) -> tuple[str, ...]:
    """Return shell commands that show what stands at `path`, without loading it.

    `path` has `!` before each nested member. `format_of` gives the format of an artifact by its
    path. Where no common tool reaches a member, `modelassay inspect` of the outer file does.
    """
    outer, *members = map(unescape, split(path))
    if not all(_plain(part) for part in (outer, *members)):
        return ()
    from shlex import quote

    file, reached = quote(outer), outer
    made: list[str] = []
    for level, member in enumerate(members, 1):
        unpack = _UNPACK.get(_listed(format_of(reached)))
        if unpack is None:
            return (*made, f"modelassay inspect {quote(outer)}")
        made.append(f"{unpack.format(file, quote(member))} > part{level}")
        file, reached = f"part{level}", f"{reached}!{escape(member)}"
    known = _listed(format_of(path))
    look = _LOOK.get(known) or _LIST.get(known)
    if look is not None:
        made.append(look.format(file))
    if offset is not None:
        made.append(f"xxd -s {offset} -l {_SHOWN} {file}")
    return tuple(made)


def _plain(name: str) -> bool:
    """Whether a terminal shows `name` as it is, and no tool takes it for an option."""
    return name.isprintable() and not name.startswith("-")
