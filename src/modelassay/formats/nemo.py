"""NeMo: a tar, perhaps compressed, of a configuration, a checkpoint and other artifacts.

Source: `nemo/core/connectors/save_restore_connector.py` of NeMo 1.0 to 2.6. `model_config.yaml` is
instantiated by name before the checkpoint is loaded; both are artifacts of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.formats import tar
from modelassay.formats.base import BUILT, Child, Event, Source
from modelassay.formats.tar.header import decode
from modelassay.io.blob import Blob
from modelassay.io.tar import BLOCK

CONFIG: Final = "model_config.yaml"
_MOST_HEADERS: Final = 64


def identify(blob: Blob) -> bool:
    """Whether `blob` is a tar with a NeMo configuration among its first members."""
    position = 0
    for _ in range(_MOST_HEADERS):
        header = decode(blob.read_at(position, BLOCK), position)
        if header is None or header.size is None or header.size < 0:
            return False
        if _is_config(header.name.decode("latin-1")):
            return True
        position += BLOCK + -(-header.size // BLOCK) * BLOCK
    return False


def parse(source: Source) -> Iterator[Event]:
    """Yield what a tar yields, its configuration as one."""
    for event in tar.parse(source):
        if isinstance(event, Child) and event.role == "member" and _is_config(event.name):
            event = msgspec.structs.replace(event, format="hydra-config", dialect=BUILT)
        yield event


def _is_config(name: str) -> bool:
    return name.removeprefix("./") == CONFIG
