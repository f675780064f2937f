"""Networks of OpenVINO: a document, and the raw file of its constants beside it.

Source: `src/frontends/ir` of OpenVINO 2022 to 2026, which maps the file and takes the constants out
of it by offset and size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location
from modelassay.core.report import Loading
from modelassay.core.values import Const
from modelassay.repositories.base import Event, File, Folder

_FORMAT: Final = "openvino"
_MOST: Final = 1000


def recognise(folder: Folder) -> bool:
    """Whether a network stands in the folder."""
    return any(file.format == _FORMAT for file in folder.here())


def read(folder: Folder) -> Iterator[Event]:
    """Yield constants that lie behind the end of the raw file, and what is taken."""
    networks = [file for file in folder.here() if file.format == _FORMAT]
    for network in networks[:_MOST]:
        raw = folder.files.get(network.name.removesuffix(".xml") + ".bin")
        takes = (network.name,) if raw is None else (network.name, raw.name)
        yield Loading("openvino.Core.read_model", takes)
        if raw is not None:
            yield from _held(network, raw)


def _held(network: File, raw: File) -> Iterator[Event]:
    """Hold the end of the constants against the size of the file they are in."""
    said = network.said("constants-end")
    end = int(said) if said is not None and said.isdigit() else 0
    if end > raw.size:
        message = f"constants of {network.name} lie up to byte {end} of {raw.name}"
        message += f", which has {raw.size}"
        values = (Const(end), Const(raw.size))
        at = Location(path=network.name)
        yield Anomaly(kind="model-structure", message=message, values=values, at=at)
