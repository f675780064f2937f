"""Manifests of OCI images, as registries keep them and Ollama keeps its models.

Sources: the OCI image specification, `manifest.md` and `descriptor.md`; `server/manifest.go` of
Ollama. Whether the blobs are there is known to whoever sees the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Location, Metadata, Reference
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs, TooLargeError, entries, find_json

_MARK: Final = b"schemaVersion"
_LONGEST: Final = 1000
_MOST: Final = 10_000
#: Annotations by which clients name the file that they write a layer to.
_TITLES: Final = ("org.opencontainers.image.title", "org.cncf.model.filepath")


def identify(blob: Blob) -> bool:
    """Whether `blob` is a JSON object with a schema version and descriptors."""
    try:
        value = find_json(blob, _MARK)
    except TooLargeError:
        return True
    keys = {key for key, _ in value} if isinstance(value, Pairs) else set()
    return "schemaVersion" in keys and bool(keys & {"layers", "manifests", "config", "blobs"})


def parse(source: Source) -> Iterator[Event]:
    """Yield the digests, the other places and the types of what is listed."""
    try:
        value = find_json(source.blob, _MARK)
    except TooLargeError as error:
        yield Incomplete(f"the manifest is not read: {error}")
        return
    for told, (path, key, inner) in enumerate(entries(value)):
        at = Location(path=path[:300])
        if told > _MOST:
            yield Incomplete(f"the manifest has more than {_MOST} entries")
            return
        if key == "digest":
            text = inner if isinstance(inner, str) else repr(inner)
            yield Reference(target=text[:_LONGEST], role="digest", at=at)
        elif key == "urls":
            for url in _texts(inner):
                yield Reference(target=url[:_LONGEST], role="layer-url", at=at)
        elif key in _TITLES and isinstance(inner, str):
            yield Reference(target=inner[:_LONGEST], role="artifact", at=at)
        elif key == "mediaType" and isinstance(inner, str):
            yield Metadata(key="media-type", value=Const(inner[:_LONGEST]), at=at)


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
