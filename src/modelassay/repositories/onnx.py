"""Models of ONNX: the model, and the files beside it that its tensors lie in.

Source: `docs/ExternalData.md` of ONNX 1.10 to 1.23. A loader maps such a file, or reads the range
of it that the model names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata
from modelassay.core.values import Const, Mapping
from modelassay.repositories.base import Event, File, Folder, inside

_FORMAT: Final = "onnx"
_MOST: Final = 1000


def recognise(folder: Folder) -> bool:
    """Whether a model whose tensors lie in other files stands in the folder."""
    return any(_models(folder))


def read(folder: Folder) -> Iterator[Event]:
    """Yield the files that end before the tensors that are said to lie in them."""
    for index, (model, ends) in enumerate(_models(folder)):
        if index >= _MOST:
            return
        for target, end in ends.items:
            if isinstance(target, Const) and isinstance(end, Const):
                yield from _held(folder, model, target.value, end.value)


def _models(folder: Folder) -> Iterator[tuple[File, Mapping]]:
    for file in folder.here():
        if file.format == _FORMAT:
            for fact in file.of(Metadata):
                if fact.key == "external-data-ends" and isinstance(fact.value, Mapping):
                    yield file, fact.value


def _held(folder: Folder, model: File, target: object, end: object) -> Iterator[Event]:
    name = inside("", target) if isinstance(target, str) else None
    data = folder.files.get(name or "")
    if data is None or not isinstance(end, int) or end <= data.size:
        return
    if data.format == "lfs-pointer":
        return  # it was not downloaded
    message = f"tensors of {model.name} lie up to byte {end} of {data.name}, which has {data.size}"
    values = (Const(end), Const(data.size))
    at = Location(path=model.name)
    yield Anomaly(kind="external-data-range", message=message, values=values, at=at)
