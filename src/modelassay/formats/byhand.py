"""What loads a file of each format, and how a person looks at it without loading it.

The commands are those of the field: they list, disassemble or print, and never build an object.
Names come from hostile files: each is quoted for a POSIX shell, and where one holds what a terminal
would act on, no command is given for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_PICKLE: Final = ("pickle.load", "joblib.load", "pandas.read_pickle", "torch.load")
_TORCH: Final = ("torch.load",)
_KERAS: Final = ("keras.models.load_model",)
_ONNX: Final = ("onnx.load", "onnxruntime.InferenceSession")
_TENSORFLOW: Final = ("tf.saved_model.load", "tf.import_graph_def", "TensorFlow Serving")
_HUB: Final = ("transformers from_pretrained",)
_BOOST: Final = ("Booster.load_model",)

#: What loads files of a format; one that is missing is a container or loads by itself nowhere.
LOADERS: Final[dict[str, tuple[str, ...]]] = {
    "pickle": _PICKLE,
    "pytorch-zip": (*_TORCH, "torch.jit.load", "torch.export.load"),
    "pytorch-legacy": _TORCH,
    "pytorch-tar": _TORCH,
    "pytorch-tar-part": _TORCH,
    "torchscript": ("torch.jit.load", "libtorch"),
    "torch-export-graph": ("torch.export.load",),
    "python-source": ("import", "trust_remote_code=True"),
    "python-module": ("import", "trust_remote_code=True"),
    "notebook": ("Jupyter",),
    "shell": ("sh", "docker build"),
    "requirements": ("pip install -r",),
    "conda": ("conda env create",),
    "project": ("pip install",),
    "java": ("ObjectInputStream.readObject", "Weka"),
    "mojo": ("h2o-genmodel",),
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
    "word2vec": ("gensim.models.KeyedVectors",),
    "torchserve": ("torchserve",),
    "torchserve-manifest": ("torchserve",),
    "llamafile": ("the file itself",),
    "xgboost-binary": _BOOST,
    "coreml-package": ("Core ML", "coremltools"),
    "catboost-json": ("CatBoost.load_model",),
    "r-lazy": ("lazyLoad",),
    "orbax": ("orbax.checkpoint",),
    "ocdbt": ("orbax.checkpoint", "tensorstore"),
    "zarr": ("zarr.open", "tensorstore"),
    "flax": ("flax.serialization.from_bytes",),
}

#: What loads by name or by the way, and is no model of its own.
_BESIDE: Final = frozenset(
    (
        *("python-source", "executable", "hf-config", "tensor-index", "chat-template", "modelfile"),
        *("mlflow-model", "image-manifest", "keras-config", "hydra-config", "skops-schema"),
        "torchscript",
    )
)
#: The formats that are models, or hold the weights of one.
MODELS: Final = LOADERS.keys() - _BESIDE

_LOOK: Final[dict[str, str]] = {
    "pickle": "python3 -m pickletools {}",
    "pytorch-legacy": "python3 -m pickletools {}",
    "python-source": "less {}",
    "torchscript": "less {}",
    "text": "less {}",
    "chat-template": "less {}",
    "modelfile": "less {}",
    "hydra-config": "less {}",
    "keras-config": "python3 -m json.tool {}",
    "hf-config": "python3 -m json.tool {}",
    "tensor-index": "python3 -m json.tool {}",
    "tfjs": "python3 -m json.tool {}",
    "torch-export-graph": "python3 -m json.tool {}",
    "image-manifest": "python3 -m json.tool {}",
    "onnx": "protoc --decode_raw < {}",
    "onnx-tensor": "protoc --decode_raw < {}",
    "tensorflow": "protoc --decode_raw < {}",
    "keras-metadata": "protoc --decode_raw < {}",
    "coreml": "protoc --decode_raw < {}",
    "paddle": "protoc --decode_raw < {}",
    "hdf5": "h5dump -A {}",
    "gguf": "gguf-dump --no-tensors {}",
    "safetensors": "tail -c +9 {} | head -c 4000",
    "numpy": "head -c 256 {}",
    "executable": "file {}",
    "xml": "less {}",
    "openvino": "less {}",
    "pmml": "less {}",
}

_ZIPS: Final = ("zip", "pytorch-zip", "npz", "skops", "keras")
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
    outer, *members = path.replace("\\!", "\0").split("!")
    members = [member.replace("\0", "!") for member in members]
    if not all(_plain(part) for part in (outer, *members)):
        return ()
    from shlex import quote

    file, reached = quote(outer), outer
    made: list[str] = []
    for level, member in enumerate(members, 1):
        unpack = _UNPACK.get(format_of(reached) or "")
        if unpack is None:
            return (*made, f"modelassay inspect {quote(outer)}")
        made.append(f"{unpack.format(file, quote(member))} > part{level}")
        file, reached = f"part{level}", f"{reached}!{member.replace('!', chr(92) + '!')}"
    known = format_of(path) or ""
    look = _LOOK.get(known) or _LIST.get(known)
    if look is not None:
        made.append(look.format(file))
    if offset is not None:
        made.append(f"xxd -s {offset} -l {_SHOWN} {file}")
    return tuple(made)


def _plain(name: str) -> bool:
    """Whether a terminal shows `name` as it is, and no tool takes it for an option."""
    return name.isprintable() and not name.startswith("-")
