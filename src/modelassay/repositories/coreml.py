"""Packages of CoreML: the manifest, and the items below `Data` that it lists.

Source: `modelpackage/src/ModelPackage.cpp` of coremltools 5 to 9. An item is a file or a folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.core.values import Const
from modelassay.repositories.base import Event, File, Folder, inside

_FORMAT: Final = "coreml-package"
_MANIFEST: Final = "Manifest.json"


def recognise(folder: Folder) -> bool:
    """Whether the manifest of a package stands in the folder."""
    return _manifest(folder) is not None


def read(folder: Folder) -> Iterator[Event]:
    """Yield the items that are not there."""
    manifest = _manifest(folder)
    items = manifest.of(Reference) if manifest is not None else iter(())
    for item in items:
        name = inside("Data", item.target)
        if name is None or name in folder or any(folder.below(f"{name}/")):
            continue
        yield Anomaly(
            kind="repository-missing-file",
            message=f"{_MANIFEST} {item.at.path} names {item.target[:200]!r}, not there",
            values=(Const(_MANIFEST), Const(item.target[:200])),
            at=Location(path=f"{_MANIFEST} {item.at.path}"[:300]),
        )


def _manifest(folder: Folder) -> File | None:
    file = folder.files.get(_MANIFEST)
    return file if file is not None and file.format == _FORMAT else None
