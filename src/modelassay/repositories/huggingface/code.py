"""Code of a repository: which of its files a loader imports, and what it fetches from elsewhere.

The files that a module imports relatively are found as `get_relative_imports` of transformers finds
them, by the lines of its text, since these are the files that come along with it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.core.values import Const
from modelassay.repositories.base import Event, Folder, inside, loaded

GENERATE: Final = "custom_generate/generate.py"
HANDLER: Final = "handler.py"
PIPELINE: Final = "pipeline.py"
SAGEMAKER: Final = "code/inference.py"
_RELATIVE: Final = re.compile(
    r"^[ \t]*(?:import[ \t]+\.(\S{1,200})[ \t]*$"
    r"|from[ \t]+\.(\S{0,200})[ \t]+import[ \t]+([^#\n]*))",
    re.MULTILINE,
)
_WORD: Final = re.compile(r"\w+")
_MOST: Final = 500
#: Libraries that loaders import components and modules from, whatever the repository holds.
_LIBRARIES: Final = (
    *("sentence_transformers.", "diffusers.", "transformers.", "onnxruntime.", "peft.", "torch."),
    *("flax.", "None."),
)
#: What transformers calls the code that it fetched for a model with `trust_remote_code`.
_FETCHED: Final = "transformers_modules."


class Code(msgspec.Struct):
    """What was found: files run where remote code is trusted, and repositories fetched for it.

    `unasked` is fetched without that. `by_name` are files that other calls run, by their names.
    """

    trusted: dict[str, None] = {}
    elsewhere: dict[str, None] = {}
    unasked: dict[str, None] = {}
    by_name: dict[str, tuple[str, ...]] = {}
    events: list[Event] = []


def find(folder: Folder) -> Code:
    """Find all code that configurations of `folder` name, and all that is run by its name."""
    found = Code()
    for file in folder.here():
        for reference in file.of(Reference):
            _follow(folder, file.name, reference, found)
    for name in folder.present(GENERATE, HANDLER, PIPELINE, SAGEMAKER):
        found.by_name[name] = tuple(closure(folder, name))
    names = dict.fromkeys((*found.trusted, *(n for all_ in found.by_name.values() for n in all_)))
    for name in list(names)[:_MOST]:
        found.events += loaded(folder.files[name])
    return found


def _follow(folder: Folder, holder: str, reference: Reference, found: Code) -> None:
    target, role = reference.target, reference.role
    if role == "kernel" and "/" in target:
        internal = "._" in f".{reference.at.path}"
        (found.unasked if internal else found.elsewhere)[target] = None
    elif role == "remote-code" and ("--" in target or "." not in target):
        found.elsewhere[target] = None
    elif role in ("remote-code", "module", "component") and not target.startswith(_LIBRARIES):
        own = reference.at.path if role == "component" else ""
        names = [name for name in _files(target, own) if name in folder]
        for name in names[:1]:
            found.trusted.update(dict.fromkeys(closure(folder, name)))
        if not names and role != "component":
            found.events.append(_missing(holder, reference))
    elif role == "library" and not f"{target}.".startswith((*_LIBRARIES, _FETCHED)):
        found.events.append(_missing(holder, reference))


def _files(target: str, component: str) -> Iterator[str]:
    """Yield the names of the file that may hold the class `target`."""
    module = target.rpartition(".")[0]
    for path in dict.fromkeys((module, module.replace(".", "/"))):
        name = inside(component, f"{path}.py")
        if name is not None:
            yield name


def _missing(holder: str, reference: Reference) -> Anomaly:
    place = f"{holder} {reference.at.path}"
    message = f"{place} names {reference.target[:200]!r}, which is not in the repository"
    kind = "missing-code" if reference.role == "remote-code" else "unknown-module"
    return Anomaly(
        kind=f"repository-{kind}",
        message=message,
        values=(Const(holder), Const(reference.target[:200])),
        at=Location(path=place[:300]),
    )


def closure(folder: Folder, start: str) -> list[str]:
    """Return `start` and every file that it imports relatively, and these, as far as they exist."""
    found = [start]
    for name in found:
        if len(found) > _MOST:
            break
        text = folder.files[name].head().decode("utf-8", "replace")
        here = posixpath.dirname(name)
        for whole, part, listed in _RELATIVE.findall(text):
            for candidate in _imported(here, whole or part, listed):
                if candidate in folder and candidate not in found:
                    found.append(candidate)
    return found


def _imported(here: str, path: str, listed: str) -> Iterator[str]:
    """Yield the files that `from .path import listed` may mean, seen from the folder `here`."""
    name = path.lstrip(".")
    for _ in range(len(path) - len(name)):
        here = posixpath.dirname(here)
    words = [name] if name else []
    words += [f"{name}.{word}" if name else word for word in _WORD.findall(listed)[:50]]
    for word in words:
        base = posixpath.join(here, word.replace(".", "/"))
        yield f"{base}.py"
        yield f"{base}/__init__.py"
