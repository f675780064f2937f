"""SavedModels: a graph, its variables and its assets in a folder.

Sources: `tensorflow/python/saved_model/loader_impl.py` (`parse_saved_model`) of TensorFlow 2.21;
`keras/src/saving/legacy/saved_model/load.py` of Keras 2; the documentation of warm-up requests of
TensorFlow Serving, which are run when it starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.report import Loading
from modelassay.repositories.base import Event, Folder

_GRAPHS: Final = ("saved_model.pb", "saved_model.cpb", "saved_model.pbtxt")
_KERAS: Final = "keras_metadata.pb"
_WARMUP: Final = "assets.extra/tf_serving_warmup_requests"
_MOST: Final = 100


def recognise(folder: Folder) -> bool:
    """Whether there is a graph under the name that the loader looks for."""
    return folder.first(*_GRAPHS) is not None


def read(folder: Folder) -> Iterator[Event]:
    """Yield what is taken by each program that loads it."""
    graph, *others = folder.present(*_GRAPHS)
    data = sorted(file.name for file in folder.below("variables/"))
    assets = sorted(file.name for file in folder.below("assets/"))
    takes = (graph, *data, *assets)[:_MOST]
    yield Loading("tf.saved_model.load", takes, tuple(others))
    if _KERAS in folder:
        yield Loading("keras.models.load_model (Keras 2)", (_KERAS, *takes), tuple(others))
    if _WARMUP in folder:
        yield Loading("TensorFlow Serving", takes, tuple(others), (_WARMUP,))
