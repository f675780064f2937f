"""Installed or packed software: what brings its own native code by design, and says so.

Sources: "Recording installed projects" and "Binary distribution format" of the packaging.python.org
specifications (`RECORD` names each file with its digest); the `package.json` documentation of npm.
Both stand beside models that are shipped with the program that runs them.
"""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Executable, Metadata
from modelassay.core.values import Const
from modelassay.io.json import JsonError, Pairs, read_json
from modelassay.repositories.base import Event, File, Folder, Said

_RECORD: Final = ".dist-info/RECORD"
_MANIFEST: Final = "package.json"
_ENTRIES: Final = ("main", "module", "exports", "browser")
_MOST: Final = 1000


def recognise(folder: Folder) -> bool:
    """Whether software is told of here that is installed or unpacked here."""
    return any(_records(folder)) or _package(folder) is not None


def read(folder: Folder) -> Iterator[Event]:
    """Yield, for native code that belongs to the software, what it belongs to.

    A library of a Python distribution has the digest that the distribution records; a package of
    npm, which records none, has WebAssembly alone.
    """
    libraries = {file.name: file for file in folder.files.values() if any(file.of(Executable))}
    for record in list(_records(folder))[:_MOST] if libraries else ():
        title = record.name.removesuffix(_RECORD).replace("-", " ", 1)
        for name, digest in _listed(record):
            if name in libraries and libraries[name].digest("sha256") == digest:
                yield _belongs(name, f"the Python distribution {title}")
    package = _package(folder)
    for name, file in libraries.items() if package else ():
        if all(fact.type == "wasm" for fact in file.of(Executable)):
            yield _belongs(name, f"the npm package {package}")


def _belongs(name: str, owner: str) -> Said:
    return Said(name, Metadata(key="software", value=Const(owner[:200])))


def _records(folder: Folder) -> Iterator[File]:
    return (file for file in folder.files.values() if _is_record(file.name))


def _is_record(name: str) -> bool:
    return name.endswith(_RECORD) and name.count("/") == 1


def _listed(record: File) -> Iterator[tuple[str, str]]:
    """Yield the names and SHA-256 digests of the files in a `RECORD`, as far as it can be read."""
    lines = record.head().decode("utf-8", "replace").splitlines()
    try:
        for name, digest, _ in (row for row in csv.reader(lines) if len(row) == 3):
            kind, _, value = digest.partition("=")
            if kind == "sha256":
                yield name, base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
    except (csv.Error, ValueError):
        return


def _package(folder: Folder) -> str | None:
    """Return the name and version of the package that npm would see in the folder."""
    manifest = folder.files.get(_MANIFEST)
    if manifest is None:
        return None
    try:
        fields = read_json(manifest.head())
    except JsonError:
        return None
    if not isinstance(fields, Pairs) or not any(fields.last(key) for key in _ENTRIES):
        return None
    name, version = fields.last("name"), fields.last("version")
    return f"{name} {version}" if isinstance(name, str) and isinstance(version, str) else None
