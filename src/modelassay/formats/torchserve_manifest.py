"""Manifests of TorchServe archives: which code is run for the model.

Source: `model-archiver/model_archiver/manifest_components/model.py` and `ts/model_loader.py` of
TorchServe 0.1 to 0.12.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata, Reference
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import JsonError, Pairs, TooLargeError, find_json, read_json

_MARK: Final = b'"archiverVersion"'
_LARGEST: Final = 1 << 22
_LONGEST: Final = 1000
_FILES: Final = ("serializedFile", "modelFile", "config", "configFile")


def identify(blob: Blob) -> bool:
    """Whether `blob` is an object with a model and the version of the archiver."""
    try:
        value = find_json(blob, _MARK)
    except TooLargeError:
        return False
    return isinstance(value, Pairs) and isinstance(value.last("model"), Pairs)


def parse(source: Source) -> Iterator[Event]:
    """Yield the handler, the files, and where dependencies are named."""
    try:
        value = read_json(source.blob.head(_LARGEST))
    except JsonError as error:
        message = f"the manifest is no JSON: {error}"
        yield Anomaly(kind="model-structure", message=message, at=Location(error.offset))
        yield Incomplete(message)
        return
    model = value.last("model") if isinstance(value, Pairs) else None
    for key, text in model if isinstance(model, Pairs) else ():
        at = Location(path=f"model.{key[:100]}")
        if not isinstance(text, str):
            continue
        if key == "handler":
            yield Reference(target=text[:_LONGEST], role="service-handler", at=at)
            yield Reference(target=text.partition(":")[0][:_LONGEST], role="weight-file", at=at)
        elif key in _FILES:
            yield Reference(target=text[:_LONGEST], role="weight-file", at=at)
        elif key == "requirementsFile":
            yield Reference(target=text[:_LONGEST], role="weight-file", at=at)
            yield Metadata(key="requirements", value=Const(text[:_LONGEST]), at=at)
        elif key == "extensions":
            for name in text.split(","):
                yield Reference(target=name[:_LONGEST], role="weight-file", at=at)
