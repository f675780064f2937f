"""The table of kinds of repository: a module with `recognise` and `read`, and one line here.

A marker is a pattern for the path of a file, matched from the folder that would be the repository.
Only where a file has such a path is the module imported and asked.
"""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType

import msgspec

from modelassay.core.nesting import name as name_of
from modelassay.core.pattern import later


class Entry(msgspec.Struct, frozen=True):
    """A kind of repository: its id, what it is, its module, and the paths of files that mark it.

    Each of `markers` is a pattern; what stands behind its last `/` is one for the name alone.
    """

    id: str
    title: str
    module: str
    markers: tuple[str, ...]

    def load(self) -> ModuleType:
        """Import the module of this kind."""
        return import_module(f"modelassay.repositories.{self.module}")


_HUGGINGFACE = (
    r"(?:config|tokenizer_config|adapter_config|model_index|modules)\.json",
    r"(?:preprocessor_config|processor_config|generation_config)\.json",
    r"handler\.py",
    r"custom_generate/generate\.py",
)

REPOSITORIES: tuple[Entry, ...] = (
    Entry("huggingface-repository", "Hugging Face repository", "huggingface", _HUGGINGFACE),
    Entry("mlflow-repository", "MLflow model", "mlflow", (r"MLmodel",)),
    Entry(
        "saved-model", "SavedModel of TensorFlow", "saved_model", (r"saved_model\.(?:c?pb|pbtxt)",)
    ),
    Entry(
        "keras-folder", "Keras model in a folder", "keras", (r"model\.weights\.(?:h5|npz|json)",)
    ),
    Entry(
        "nemo-folder",
        "NeMo model in a folder",
        "nemo",
        (r"model_config\.yaml", r"context/io\.json"),
    ),
    Entry("spacy-pipeline", "spaCy pipeline", "spacy", (r"config\.cfg",)),
    Entry("triton-model", "model of a Triton repository", "triton", (r"config\.pbtxt",)),
    Entry("ollama-modelfile", "model that Ollama makes", "modelfile", (r"(?:.*\.)?[Mm]odelfile",)),
    Entry("openvino-network", "network of OpenVINO", "openvino", (r"[^\x2f!]+\.xml",)),
    Entry("onnx-model", "ONNX model with tensors in other files", "onnx", (r"[^\x2f!]+\.onnx",)),
    Entry("coreml-folder", "CoreML package in a folder", "coreml", (r"Manifest\.json",)),
    Entry("oci-layout", "OCI image layout", "images", (r"oci-layout",)),
    Entry("ollama-store", "models of Ollama", "images", (r"blobs/sha256-[0-9a-f]{64}",)),
    Entry(
        "software",
        "software: a Python distribution or a package of npm",
        "software",
        (r"[^\x2f!]+\.dist-info/RECORD", r"package\.json"),
    ),
)

#: Formats of files that a repository may say something of, which are then judged anew.
REJUDGED: frozenset[str] = frozenset(("executable",))
#: Formats whose facts are kept until the folder they stand in is read.
KEPT: frozenset[str] = frozenset(
    (
        *("hf-config", "tokenizer-config", "tensor-index", "mlflow-model", "modelfile"),
        *("image-manifest", "python-module", "notebook", "openvino"),
        "coreml-package",
        *REJUDGED,
    )
)
#: Of these only what describes them is kept: the rest is large.
DESCRIBED: frozenset[str] = frozenset(("onnx",))
_NAMES = later("|".join(m.rpartition("/")[2] for e in REPOSITORIES for m in e.markers))
_MARKERS = [
    (entry, later(rf"(|.*(?:/|(?<!\\)(?:\\\\)*!))(?:{'|'.join(entry.markers)})", re.DOTALL))
    for entry in REPOSITORIES
]


def roots(path: str) -> list[tuple[str, Entry]]:
    """Return the folders that a file of this path may make a repository, each with its kind.

    The path of a folder ends in `/`; of what stands at the top of an archive, in `!`.
    """
    if _NAMES.fullmatch(name_of(path)) is None:
        return []
    found = ((entry, marker.fullmatch(path)) for entry, marker in _MARKERS)
    return [(match[1], entry) for entry, match in found if match]
