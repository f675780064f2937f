"""Images of OCI and stores of Ollama: manifests, and blobs that are named by their digests.

Sources: `image-layout.md`, `manifest.md`, `descriptor.md` and `layer.md` of the OCI image
specification; `manifest/` and `server/` of Ollama 0.1 to 0.20. A digest is held against the bytes
where these are few or were hashed anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.facts import Anomaly, Location
from modelassay.core.report import Loading
from modelassay.core.values import Const
from modelassay.io.json import JsonError, Pairs, entries, read_json
from modelassay.repositories.base import Event, File, Folder

_BLOB: Final = re.compile(r"blobs/(?:sha256[-/]([0-9a-f]{64})|sha512/([0-9a-f]{128}))$")
_DIGEST: Final = re.compile(r"(sha256|sha512)[:-]([0-9a-f]{64,128})$")
_MOST: Final = 100
_MOST_ROWS: Final = 5000
#: What a media type says that the bytes are.
_PROMISES: Final = (
    (re.compile(r"vnd\.ollama\.image\.(?:model|projector|adapter)$"), ("gguf", "ggml")),
    (re.compile(r"\.image\.layer\.v1\.tar$"), ("tar",)),
    (re.compile(r"(?:tar\+gzip|tar\.gzip|tar\+zstd)$"), ("compressed",)),
)
_RUNNING: Final = frozenset(
    ("pickle", "pytorch-zip", "pytorch-legacy", "pytorch-tar", "executable", "python-module")
)


class _Row(msgspec.Struct, frozen=True):
    """One descriptor: where it stands, what it names, of which type and size."""

    holder: str
    path: str
    digest: str
    media: str
    size: object


def recognise(folder: Folder) -> bool:
    """Whether there are blobs, and a manifest or the mark of a layout."""
    blobs = any(_BLOB.match(name) for name in folder.files)
    return blobs and ("oci-layout" in folder or any(True for _ in _manifests(folder)))


def _manifests(folder: Folder) -> Iterator[File]:
    yield from (file for file in folder.files.values() if file.format == "image-manifest")


def read(folder: Folder) -> Iterator[Event]:
    """Yield blobs that are not what their names or media types say, and what a client takes."""
    blobs = {_digest(name): file for name, file in folder.files.items() if _BLOB.match(name)}
    for digest, file in blobs.items():
        yield from _checked(digest, file)
    for manifest in _manifests(folder):
        rows = [row for number, row in enumerate(_rows(manifest)) if number < _MOST_ROWS]
        for row in rows:
            held = blobs.get(row.digest.replace("-", ":", 1))
            yield from _held(row, held) if held is not None else _missing(row)
        if not _BLOB.match(manifest.name) or rows:
            takes = [blobs[row.digest].name for row in rows if row.digest in blobs]
            yield Loading(_call(manifest.name), (manifest.name, *takes[:_MOST]))


def _call(name: str) -> str:
    return "ollama run" if name.startswith("manifests/") else "pull"


def _digest(name: str) -> str:
    found = _BLOB.match(name)
    assert found is not None
    return f"sha256:{found[1]}" if found[1] else f"sha512:{found[2]}"


def _checked(digest: str, file: File) -> Iterator[Anomaly]:
    algorithm, _, stated = digest.partition(":")
    found = file.digest(algorithm)
    if found is not None and found != stated:
        message = f"{file.name} is not what its name says: its bytes have {algorithm} {found}"
        yield _anomaly("digest", message, file.name, file.name, found)


def _rows(manifest: File) -> Iterator[_Row]:
    """Yield the descriptors of a manifest or an index."""
    try:
        value = read_json(manifest.head())
    except JsonError:
        return
    found = [("", value), *((path, inner) for path, _, inner in entries(value))]
    for path, inner in found:
        listed = inner if isinstance(inner, list) and not isinstance(inner, Pairs) else [inner]
        for number, one in enumerate(listed):
            digest = one.last("digest") if isinstance(one, Pairs) else None
            if isinstance(one, Pairs) and isinstance(digest, str):
                place = f"{path}[{number}]" if listed is inner else path
                media = one.last("mediaType")
                yield _Row(manifest.name, place, digest, str(media or ""), one.last("size"))


def _held(row: _Row, file: File) -> Iterator[Anomaly]:
    """Hold a descriptor against the blob that it names."""
    place = f"{row.holder} {row.path}"
    if isinstance(row.size, int) and row.size != file.size:
        message = f"{place} says {row.size} bytes of {file.name}, it has {file.size}"
        yield _anomaly("size", message, place, file.name, row.size)
    for pattern, formats in _PROMISES:
        if pattern.search(row.media) and file.format not in formats:
            runs = file.format in _RUNNING
            message = f"{place} says {row.media[:100]!r} of {file.name}, a {file.format} file"
            yield _anomaly("media-code" if runs else "media-type", message, place, file.name)


def _missing(row: _Row) -> Iterator[Anomaly]:
    if _DIGEST.match(row.digest):  # what is no digest is told by the manifest itself
        place = f"{row.holder} {row.path}"
        message = f"{place} names {row.digest}, which is not there"
        yield _anomaly("missing-file", message, place, row.digest)


def _anomaly(kind: str, message: str, place: str, *values: str | int) -> Anomaly:
    return Anomaly(
        kind=f"repository-{kind}",
        message=message,
        values=tuple(Const(value) for value in values),
        at=Location(path=place[:300]),
    )
