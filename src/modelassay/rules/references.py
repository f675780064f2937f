"""What the references out of an artifact name, the formats that have them, and the rule for each.

Where one leads is judged in one place, `paths.destination`, for all of them.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Named(NamedTuple):
    """What a reference names, the formats that have such references, the rule that judges them."""

    what: str
    formats: tuple[str, ...]
    rule: str = "external-reference"


_KERAS: Final = ("keras-config",)
_ONNX: Final = ("onnx", "onnx-text", "onnx-textproto", "onnx-tensor")

#: By the role of the reference: what names a file, a folder, a URL or another model.
NAMED: Final[dict[str, Named]] = {
    "weight-file": Named(
        "a weight file",
        (
            *("coreml", "coreml-package", "hf-config", "llamafile", "ocdbt", "orbax"),
            *("tensor-index", "tfjs", "torchserve-manifest"),
        ),
    ),
    "base-model": Named("a base model", ("hf-config",)),
    "artifact": Named("an artifact", ("image-manifest", "mlflow-model")),
    "code": Named("a folder of code", ("mlflow-model",)),
    "external-data": Named("the file of a tensor", _ONNX, "external-data"),
    "array-file": Named("an array of joblib", ("pickle",), "external-array"),
    "hdf5-external-link": Named("the link", ("hdf5",), "hdf5-external"),
    "hdf5-external-storage": Named("the storage of", ("hdf5",), "hdf5-external"),
    "hdf5-virtual-source": Named("the virtual dataset", ("hdf5",), "hdf5-external"),
    "keras-vocabulary": Named("a vocabulary", _KERAS, "keras-path"),
    "keras-name": Named("the name of a layer", _KERAS, "keras-path"),
    "keras-url": Named("a value of the configuration", _KERAS, "keras-path"),
    "keras-file": Named("a path of the configuration", _KERAS, "keras-path"),
    "keras-saved-model": Named("a SavedModel", _KERAS, "keras-external-model"),
    "asset": Named("an asset", ("tensorflow",), "tf-file-operator"),
    "linked-model": Named("another model", ("coreml",), "linked-model"),
    "paddle-file": Named("a file of parameters", ("paddle",), "paddle-operator"),
    "calculator-file": Named("a file of a calculator", ("mediapipe",), "calculator-file"),
    "trace-file": Named("a trace", ("mediapipe",), "calculator-file"),
    "modelfile-from": Named("FROM", ("modelfile",), "modelfile-reference"),
    "modelfile-adapter": Named("ADAPTER", ("modelfile",), "modelfile-reference"),
    "digest": Named("a blob", ("image-manifest",), "manifest-digest"),
    "layer-url": Named("a layer", ("image-manifest",), "manifest-digest"),
    "component-source": Named("another pipeline", ("spacy-config",), "registered-function"),
    "bento-script": Named("a script", ("bento",), "bento-loader"),
    "bento-template": Named("a template", ("bento",), "bento-loader"),
    "triton-file": Named("the model", ("triton",), "served-model"),
    "triton-runtime": Named("a backend", ("triton",), "served-model"),
    "triton-library": Named("a library of operators", ("triton",), "served-model"),
    "requirement-path": Named("a package", ("requirements",), "dependency-source"),
    "requirement-file": Named("a list of packages", ("requirements",), "dependency-source"),
    "entity": Named("an entity", ("openvino", "pmml", "xml"), "xml-entity"),
    "include": Named("a part of the document", ("openvino", "pmml", "xml"), "xml-entity"),
    "included-config": Named("another configuration", ("hydra-config",)),
    "document-type": Named("the document type", ("openvino", "pmml", "xml"), "xml-entity"),
}


def named_for(rule: str) -> dict[str, Named]:
    """Return what a rule judges, by its role."""
    return {role: named for role, named in NAMED.items() if named.rule == rule}
