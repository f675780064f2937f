"""Models that Ollama is told to make: a Modelfile and the files that it names.

Source: `docs/modelfile.md` of Ollama, `parser/parser.go` and `server/create.go`: what FROM and
ADAPTER name is a file or folder beside the Modelfile if there is one, else a model of a registry.
Folders may hold safetensors or PyTorch weights, which are converted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.core.report import Loading
from modelassay.core.values import Const
from modelassay.repositories.base import Event, Folder, inside

_ROLES: Final = ("modelfile-from", "modelfile-adapter")
#: What can be no name of a model in a registry.
_PATH: Final = re.compile(r"\.{0,2}/|~|.*\.(?:gguf|ggml|bin|safetensors|pt|pth)$", re.IGNORECASE)
_MOST: Final = 100


def recognise(folder: Folder) -> bool:
    """Whether there is a Modelfile in it."""
    return _name(folder) is not None


def _name(folder: Folder) -> str | None:
    return next((file.name for file in folder.here() if file.format == "modelfile"), None)


def read(folder: Folder) -> Iterator[Event]:
    """Yield what is made into a model, and what is not there."""
    holder = _name(folder) or ""
    takes: dict[str, None] = {holder: None}
    for reference in folder.files[holder].of(Reference):
        target = reference.target
        if reference.role not in _ROLES:
            continue
        name = inside("", target)
        if name is None:  # where it leads is told by the Modelfile itself
            takes[target] = None
            continue
        prefix = "" if name == "." else f"{name}/"
        files = [name] if name in folder else sorted(one.name for one in folder.below(prefix))
        takes.update(dict.fromkeys(files or [target]))
        if not files and _PATH.match(target):
            message = f"{holder} names {target[:200]!r}, which is not there"
            yield Anomaly(
                kind="repository-missing-file",
                message=message,
                values=(Const(holder), Const(target[:200])),
                at=Location(path=holder),
            )
    yield Loading("ollama create", tuple(takes)[:_MOST])
