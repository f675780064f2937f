"""Configurations of Keras models: JSON or YAML in which every object names its class.

Source: `keras/src/saving/serialization_lib.py` (Keras 3), `keras/saving/legacy/serialization.py`
and `keras/utils/generic_utils.py` (Keras 2), `model_from_yaml` of Keras up to 2.5, and the
`from_config` of the layers named here. All of it is walked, since a loader makes what it meets at
any depth; of duplicate keys every value counts.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.formats.keras.walk import Walk, nodes
from modelassay.io.blob import Blob
from modelassay.io.json import Json, JsonError, Pairs, read_json
from modelassay.io.yaml_document import YamlError, read_yaml

_LONGEST: Final = 64 << 20
#: Values beyond this number would take more memory than a scan may; no model comes near.
_MOST_VALUES: Final = 2_000_000
_HEAD: Final = 64
_PROBED: Final = 16 << 20
_PROBED_NODES: Final = 20_000
_WORDS: Final = (b"class_name", b"keras_version")
_ESCAPED: Final = b"\\u00"
_SMALL: Final = 1 << 20
_YAML: Final = re.compile(rb"""(?m)^\s{0,20}["']?class_name["']?\s*:""")
_STATED: Final = ("keras_version", "backend", "date_saved")


def identify(blob: Blob) -> bool:
    """Whether `blob` is JSON or YAML in which an object names its class and configuration."""
    head = blob.head(_HEAD)
    if _text(head).lstrip()[:1] != "{":
        return blob.size <= _SMALL and _is_yaml(blob.head(_SMALL))
    data = blob.head(_PROBED)
    escaped = _ESCAPED in data and len(data) <= _SMALL
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head[:4]
    if not escaped and not wide and not any(word in data for word in _WORDS):
        return False
    try:
        value = _read(data) if blob.size <= _PROBED else None
    except JsonError:
        return b'"class_name"' in data and b'"config"' in data
    if value is None:
        return b'"class_name"' in data
    return any(
        _is_object(node) for _, node in zip(range(_PROBED_NODES), nodes(value), strict=False)
    )


def _is_yaml(data: bytes) -> bool:
    try:
        return _YAML.search(data) is not None and _is_object(read_yaml(data).value)
    except YamlError:
        return False


def _is_object(node: Json) -> bool:
    if not isinstance(node, Pairs):
        return False
    keys = {key for key, _ in node}
    return {"class_name", "config"} <= keys or "keras_version" in keys


def parse(source: Source) -> Iterator[Event]:
    """Yield the objects, the code and the references of a configuration."""
    if source.blob.size > _LONGEST:
        yield Incomplete(f"a configuration of {source.blob.size} bytes is not read")
        return
    data = source.blob.head(_LONGEST)
    try:
        value = _read(data)
    except JsonError as error:
        message = f"the configuration is no JSON: {error}"
        yield Anomaly(kind="keras-config", message=message, at=Location(error.offset))
        yield Incomplete(message)
        return
    if isinstance(value, Pairs):
        for key in _STATED:
            stated = value.last(key)
            if isinstance(stated, str):
                yield Metadata(key=key, value=Const(stated[:100]), at=Location(path=key))
    yield from Walk(source.budget).events(value)


def _read(data: bytes) -> Json:
    """Read JSON in any encoding that the standard library's reader, and so Keras, takes, or YAML.

    Raises `JsonError`.
    """
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > _MOST_VALUES:
        raise JsonError(f"it has more than {_MOST_VALUES} values")
    text = _text(data)
    try:
        return read_json(text)
    except JsonError:
        if text.lstrip()[:1] == "{" or not _is_yaml(data):
            raise
    return read_yaml(text).value


def _text(data: bytes) -> str:
    return data.decode(json.detect_encoding(data), "replace")
