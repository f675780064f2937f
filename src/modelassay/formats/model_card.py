"""Model cards: what a README says of its model in the YAML in front of it.

Sources: `huggingface_hub/repocard.py` (the pattern of the block) and `repocard_data.py` (its keys)
of huggingface_hub 2.4. The block is parsed as a stream of events; tags are told and never obeyed.
The text behind it is read by people alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Metadata, Reference
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import Json, Pairs
from modelassay.io.yaml_document import Document, YamlError, read_yaml

_LARGEST: Final = 1 << 20
_LONGEST: Final = 300
_MOST: Final = 500
_MOST_OF_A_KEY: Final = 50
_START: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,64}---[ \t]*[\r\n]")
_END: Final = re.compile(rb"[\r\n]---[ \t]*(?:[\r\n]|\Z)")
#: Keys of a card, any of which marks it; the library writes these for every model.
_KEYS: Final = frozenset(
    (
        *("license", "license_name", "license_link", "base_model", "base_model_relation"),
        *("datasets", "library_name", "pipeline_tag", "language", "model_name", "metrics"),
        *("tags", "eval_results", "model-index", "widget", "inference", "co2_eq_emissions"),
    )
)
_TOLD: Final = (
    *("model_name", "license", "license_name", "license_link", "base_model", "base_model_relation"),
    *("datasets", "library_name", "pipeline_tag", "language", "metrics", "tags"),
)


def identify(blob: Blob) -> bool:
    """Whether `blob` starts with a block of YAML that has a key of a card."""
    try:
        document = _read(blob)
    except YamlError:
        return False
    value = document.value if document is not None else None
    return isinstance(value, Pairs) and any(key in _KEYS for key, _ in value)


def _read(blob: Blob) -> Document | None:
    """Read the block in front, `None` if there is none. Raises `YamlError`."""
    start = _START.match(blob.head(128))
    if start is None:
        return None
    text = blob.head(_LARGEST)
    end = _END.search(text, start.end() - 1)
    return None if end is None else read_yaml(text[start.end() : end.start() + 1])


def parse(source: Source) -> Iterator[Event]:
    """Yield what the card says of the model; what it says in words is not read."""
    try:
        document = _read(source.blob)
    except YamlError as error:
        yield Anomaly(kind="broken-config", message=f"the card is no YAML: {error}")
        yield Incomplete(f"the card is no YAML: {error}")
        return
    if document is None or not isinstance(document.value, Pairs):
        return
    for tag in document.tags[:_MOST]:
        role = "python-tag" if tag.startswith("python/") else "tag"
        yield Reference(role=role, target=tag)
    value = document.value
    for key in _TOLD:
        yield from _stated(key, value.last(key))


def _stated(key: str, value: Json) -> Iterator[Metadata]:
    """Yield the texts that stand under a key: one, or a list of them."""
    plural = isinstance(value, list) and not isinstance(value, Pairs)
    texts = value[:_MOST_OF_A_KEY] if plural and isinstance(value, list) else [value]
    for index, text in enumerate(texts):
        if isinstance(text, str) and text:
            name = f"{key}[{index}]" if plural else key
            at = Location(path=visible(name))
            yield Metadata(key=name, value=Const(text[:_LONGEST]), at=at)
