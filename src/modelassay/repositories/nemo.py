"""NeMo models that were unpacked into a folder.

Sources: `nemo/core/connectors/save_restore_connector.py` of NeMo 1 and 2, which restores from a
folder of that shape; `nemo/lightning/io` of NeMo 2, whose `context/io.json` names what is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.report import Loading
from modelassay.repositories.base import Event, Folder

_CONFIG: Final = "model_config.yaml"
_CONTEXT: Final = ("context/io.json", "context/model.yaml")
_MOST: Final = 100


def recognise(folder: Folder) -> bool:
    """Whether a configuration stands beside a checkpoint, or the context of a model."""
    return folder.first(*_CONTEXT) is not None or (_CONFIG in folder and bool(_weights(folder)))


def _weights(folder: Folder) -> tuple[str, ...]:
    ends = (".ckpt", ".distcp")
    return tuple(sorted(name for name in folder.files if name.endswith(ends)))


def read(folder: Folder) -> Iterator[Event]:
    """Yield what restoring takes."""
    configs = folder.present(_CONFIG, *_CONTEXT)
    yield Loading("restore_from", (*configs, *_weights(folder))[:_MOST])
