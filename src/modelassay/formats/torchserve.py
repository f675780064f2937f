"""TorchServe archives (`.mar`): a zip with a model, a handler and a manifest; and that manifest.

Source: `model-archiver/model_archiver/manifest_components` and `ts/model_loader.py` of TorchServe
0.1 to 0.12. A handler is one that TorchServe brings with it, or a Python file in the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.formats import zip as zip_format
from modelassay.formats.base import Child, Event, Source
from modelassay.io.blob import Blob

MANIFEST: Final = "MAR-INF/MANIFEST.json"


def identify(blob: Blob) -> bool:
    """Whether `blob` is a zip with a manifest at its place."""
    return MANIFEST.encode() in zip_format.names(blob)


def parse(source: Source) -> Iterator[Event]:
    """Yield what a zip yields, the manifest as one."""
    yield from zip_format.walk(zip_format.read(source.blob, source.budget), dress=_dress)


def _dress(entry: zip_format.Entry, child: Child) -> Child:
    if MANIFEST not in (entry.name, *entry.aliases) or child.role != "member":
        return child
    return msgspec.structs.replace(child, format="torchserve-manifest")
