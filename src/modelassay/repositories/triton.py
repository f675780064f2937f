"""Models of a Triton repository: a configuration, and a folder for each version.

Sources: `docs/user_guide/model_repository.md` of Triton Inference Server; the documentation of its
Python backend, which imports `model.py` when the model is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.report import Loading
from modelassay.repositories.base import Event, Folder, loaded

_CONFIG: Final = "config.pbtxt"
_VERSION: Final = re.compile(r"\d{1,18}/")
_MODEL: Final = re.compile(
    r"\d{1,18}/(?:model\.(?:onnx|pt|plan|graphdef|py|json|pt2|savedmodel/.*|xml|bin)|[^/]+\.so)$"
)
_MOST: Final = 100


def recognise(folder: Folder) -> bool:
    """Whether there are a configuration and a version."""
    return _CONFIG in folder and any(_VERSION.match(name) for name in folder.files)


def read(folder: Folder) -> Iterator[Event]:
    """Yield what the server takes, and the code and libraries that it runs."""
    models = sorted(name for name in folder.files if _MODEL.match(name))
    code = [name for name in models if name.endswith(".py")]
    modules = [
        file.name
        for file in folder.files.values()
        if code and file.name.endswith(".py") and _VERSION.match(file.name)
    ]
    for name in modules[:_MOST]:
        yield from loaded(folder.files[name])
    libraries = [name for name in models if name.endswith(".so")]
    yield Loading(
        "tritonserver", (_CONFIG, *models)[:_MOST], runs=(*sorted(modules), *libraries)[:_MOST]
    )
