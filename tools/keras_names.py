"""What honest Keras configurations name, gathered from the source of Keras, without running it.

    python tools/keras_names.py WHEEL... > src/modelassay/rules/data/keras.json

Each WHEEL is one of Keras 2.x, 3.x or tf_keras. Classes are those a configuration may make:
exported under one of `CLASSES`, or defined in one of `FOLDERS`. Functions are those it may refer
to: exported under one of `FUNCTIONS`, or, before there were exports, defined in one of `FILES`.
What loads, takes callables or touches files is left out by name in `LEFT_OUT`; what it does
stands, written by hand, in keras-effects.json beside the output.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

CLASSES = re.compile(
    r"keras(\.(__internal__|_legacy|experimental|layers|models|losses|metrics|initializers"
    r"|optimizers|regularizers|constraints|dtype_policies|mixed_precision|quantizers|random"
    r"|distillation|applications|ops)\b.*)?"
)
FOLDERS = re.compile(
    r"(keras|tf_keras)/(src/)?(layers|models|losses|metrics|initializers|optimizers|regularizers"
    r"|constraints|dtype_policies|mixed_precision|quantizers|ops|legacy_tf_layers|feature_column"
    r"|premade_models|premade|random|trainers/compile_utils|engine/(sequential|functional|training"
    r"|input_layer|base_layer|compile_utils)|utils/feature_space"
    r"|optimizer_v[12]|optimizer_experimental|legacy/layers"
    r"|(initializers|regularizers|constraints|losses|metrics|optimizers|models|activations)\.py"
    r")"
)
FUNCTIONS = re.compile(
    r"keras\.(activations|losses|metrics|initializers|constraints|regularizers|ops(\..*)?"
    r"|_legacy\.(losses|metrics)|random|quantizers|applications\.\w+)"
)
FILES = re.compile(
    r"keras/(activations|losses|metrics|initializers|constraints|regularizers|objectives)\.py"
)
LEFT_OUT = {
    *("get", "serialize", "deserialize", "custom_gradient", "map", "scan", "associative_scan"),
    *("cond", "switch", "while_loop", "fori_loop", "vectorized_map", "deserialize_keras_object"),
    *("serialize_keras_object", "decode_predictions", "vectorize", "jvp", "is_built_in"),
    *("clone_metric", "clone_metrics", "SidecarEvaluator", "DirectoryIterator", "Iterator"),
    *("ImageDataGenerator", "FakeOptimizerForRestoration"),
}
#: Applications are functions that download weights; only what prepares their input is honest.
KEPT_OF_APPLICATIONS = {"preprocess_input"}
#: Words that stand where a class name does, for values JSON has none for.
SPECIAL = (
    *("__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__keras_tensor__"),
    *("__lambda__", "__typespec__", "__tuple__", "__complex__", "TensorShape", "TypeSpec"),
    *("CompositeTensor", "function", "TensorSpec", "RaggedTensorSpec", "SparseTensorSpec"),
    *("ListWrapper", "_DictWrapper", "class"),
)


def main(wheels: list[str]) -> None:
    """Print what the wheels name."""
    classes: set[str] = set(SPECIAL)
    functions: set[str] = set()
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.endswith(".py") and not name.endswith("_test.py"):
                    _read(name, archive.read(name), classes, functions)
    versions = sorted(PurePosixPath(wheel).name.split("-py")[0].lower() for wheel in wheels)
    data = {
        "schema": 1,
        "source": "PyPI wheels",
        "versions": versions,
        "classes": sorted(classes),
        "functions": sorted(functions),
    }
    print(json.dumps(data, indent=1))


def _read(path: str, source: bytes, classes: set[str], functions: set[str]) -> None:
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            names = [export.rpartition(".") for export in _exports(node)]
            found = {last for space, _, last in names if CLASSES.fullmatch(space)}
            if FOLDERS.match(path) and not node.name.startswith("_"):
                found.add(node.name)
            classes.update(found - LEFT_OUT)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            names = [export.rpartition(".") for export in _exports(node)]
            found = {last for space, _, last in names if _honest(space, last)}
            if FILES.fullmatch(path):
                found.add(node.name)
            functions.update(found - LEFT_OUT)
        elif (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and FILES.fullmatch(path)
        ):
            # Aliases such as `mse = MSE = mean_squared_error`.
            functions.update(_plain(node.targets) - LEFT_OUT)


def _honest(space: str, name: str) -> bool:
    if not FUNCTIONS.fullmatch(space):
        return False
    return "applications" not in space or name in KEPT_OF_APPLICATIONS


def _plain(targets: list[ast.expr]) -> set[str]:
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _exports(node: ast.ClassDef | ast.FunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else None
        if getattr(called, "id", "") in ("keras_export", "tf_export"):
            for inner in ast.walk(decorator):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value


if __name__ == "__main__":
    main(sys.argv[1:])
