"""Packages of CoreML: every item that the manifest lists is there."""

from __future__ import annotations

import json
from pathlib import Path

from tests.helpers.folders import put, repository, scanned


def package(root: Path, *files: str) -> Path:
    """Write a package of two items, with these files below `Data`."""
    items = {
        "a": {"path": "com.apple.CoreML/model.mlmodel", "name": "model.mlmodel"},
        "b": {"path": "com.apple.CoreML/weights", "name": "weights"},
    }
    manifest = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": items,
        "rootModelIdentifier": "a",
    }
    written = {f"Data/com.apple.CoreML/{name}": b"{}" for name in files}
    return put(root, {"Manifest.json": json.dumps(manifest), **written})


def missing(root: Path) -> list[str]:
    report = scanned(root)
    assert repository(report, root).format == "coreml-folder"
    return [one.message for one in report.findings if one.rule == "repository-files"]


def test_a_package_that_is_whole(tmp_path: Path) -> None:
    assert missing(package(tmp_path, "model.mlmodel", "weights/weight.bin")) == []


def test_items_that_are_not_there(tmp_path: Path) -> None:
    (message,) = missing(package(tmp_path, "model.mlmodel"))
    assert "com.apple.CoreML/weights" in message and "itemInfoEntries.b" in message
