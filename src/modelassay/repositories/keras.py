"""Keras models that were saved into a folder instead of an archive.

Source: `keras/src/saving/saving_lib.py` (`save_model_to_dir`, `_load_model_from_dir`) of Keras 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.report import Loading
from modelassay.repositories.base import Event, Folder

_WEIGHTS: Final = ("model.weights.h5", "model.weights.npz", "model.weights.json")
_MOST: Final = 100


def recognise(folder: Folder) -> bool:
    """Whether there are a configuration of Keras and weights beside it."""
    config = folder.files.get("config.json")
    return config is not None and config.format == "keras-config" and bool(_weights(folder))


def _weights(folder: Folder) -> tuple[str, ...]:
    return folder.present(*_WEIGHTS)


def read(folder: Folder) -> Iterator[Event]:
    """Yield what loading takes."""
    taken, *others = _weights(folder)
    assets = sorted(file.name for file in folder.below("assets/"))
    takes = ("config.json", *folder.present("metadata.json"), taken, *assets)
    yield Loading("keras.models.load_model", takes[:_MOST], tuple(others))
