"""MLflow models: the folder that an MLmodel file stands in.

Sources: `mlflow/pyfunc/__init__.py` (`load_model`), `mlflow/pyfunc/model.py`
(`_load_context_model_and_signature`) and `mlflow/utils/model_utils.py` of MLflow 3.17. The folder
of code is put in front of the import path: its modules are found before any that is installed.
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.core.report import Loading
from modelassay.core.values import Const
from modelassay.repositories.base import Event, File, Folder, inside, loaded

_MODEL: Final = "MLmodel"
_MOST: Final = 200
_FLAVOR: Final = "flavors.python_function."
#: Packages that a module of the same name would stand in for.
_PACKAGES: Final = frozenset(
    (
        *("numpy", "pandas", "scipy", "sklearn", "torch", "tensorflow", "keras", "transformers"),
        *("mlflow", "cloudpickle", "yaml", "requests", "joblib", "xgboost", "lightgbm", "onnx"),
    )
)


def recognise(folder: Folder) -> bool:
    """Whether there is an MLmodel in it."""
    return folder.files[_MODEL].format == "mlflow-model" if _MODEL in folder else False


def read(folder: Folder) -> Iterator[Event]:
    """Yield what loading takes and runs, and where the files do not agree with MLmodel."""
    model = folder.files[_MODEL]
    runs: dict[str, None] = {}
    takes: dict[str, None] = {}
    for reference in model.of(Reference):
        target = reference.target
        if reference.role == "code":
            runs.update(dict.fromkeys(_modules(folder, target)))
            yield from _shadows(folder, target)
        elif reference.role == "model-code-path":
            name = posixpath.basename(target.replace("\\", "/"))
            runs.update({name: None} if name in folder else {})
            yield from _absent(folder, reference, name)
        elif reference.role == "artifact":
            name = inside("", target) or ""
            takes[target] = None
            yield from _absent(folder, reference, name)
    code = [one.target for one in model.of(Reference) if one.role == "code"]
    for reference in model.of(Reference):
        if reference.role == "loader-module":
            yield from _loader(folder, reference, code, runs)
    for name in list(runs)[:_MOST]:
        if name in folder:
            yield from loaded(folder.files[name])
    yield Loading(_call(model), (_MODEL, *list(takes)[:_MOST]), (), tuple(runs)[:_MOST])


def _call(model: File) -> str:
    paths = [one.at.path for one in model.of(Reference)]
    flavors = dict.fromkeys(path.split(".")[1] for path in paths if path.count(".") > 1)
    if not flavors or "python_function" in flavors:
        return "mlflow.pyfunc.load_model"
    return f"mlflow.{next(iter(flavors))}.load_model"


def _modules(folder: Folder, code: str) -> Iterator[str]:
    """Yield the Python files of the folder of code."""
    name = inside("", code)
    if name is not None:
        prefix = "" if name == "." else f"{name}/"
        yield from (file.name for file in folder.below(prefix) if file.name.endswith(".py"))


def _shadows(folder: Folder, code: str) -> Iterator[Anomaly]:
    """Yield modules that are found in place of those that everything imports."""
    prefix = f"{inside('', code)}/"
    tops = {file.name[len(prefix) :].partition("/")[0] for file in folder.below(prefix)}
    names = {top.removesuffix(".py") for top in tops}
    for name in sorted(names & (_PACKAGES | sys.stdlib_module_names))[:20]:
        message = f"the model's code has a module {name!r}, imported in place of the installed one"
        at = Location(path=f"{prefix}{name}")
        yield Anomaly(kind="repository-shadow", message=message, values=(Const(name),), at=at)


def _absent(folder: Folder, reference: Reference, name: str) -> Iterator[Anomaly]:
    """Yield an anomaly where what is named is neither a file nor a folder that holds any."""
    there = name in folder or any(True for _ in folder.below(f"{name}/"))
    if not name or name == "." or there:
        return
    place = f"{_MODEL} {reference.at.path}"
    message = f"{place} names {reference.target[:200]!r}, which is not there"
    values = (Const(_MODEL), Const(reference.target[:200]))
    at = Location(path=place[:300])
    yield Anomaly(kind="repository-missing-file", message=message, values=values, at=at)


def _loader(
    folder: Folder, reference: Reference, code: list[str], runs: dict[str, None]
) -> Iterator[Anomaly]:
    """Note the module that loads the model, or tell that nobody knows it."""
    module = reference.target
    if module == "mlflow" or module.startswith("mlflow."):
        runs[module] = None
        return
    path = module.replace(".", "/")
    for place in code:
        base = inside(inside("", place) or "", path) or ""
        for name in (f"{base}.py", f"{base}/__init__.py"):
            if name in folder:
                runs[name] = None
                return
    runs[module] = None
    place = f"{_MODEL} {reference.at.path}"
    message = f"{place} has {module[:200]!r} imported, neither MLflow's nor in the model's code"
    at = Location(path=place[:300])
    yield Anomaly(
        kind="repository-unknown-module", message=message, values=(Const(module[:200]),), at=at
    )
