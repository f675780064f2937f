"""Configurations that carry chat templates: of tokenizers and processors, `chat_template.json`.

Source: `PreTrainedTokenizerBase` and `ProcessorMixin` of transformers (4.34 to 5): `chat_template`
is a template, a list of `{"name": ..., "template": ...}`, or a table of names and templates. What
the rest of such a file means is told where the whole folder is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.io.blob import Blob, Memory
from modelassay.io.json import Json, JsonError, Pairs, read_json

_LARGEST: Final = 1 << 24
_KEY: Final = "chat_template"
_MOST: Final = 200


def identify(blob: Blob) -> bool:
    """Whether `blob` is a JSON object with a chat template."""
    if blob.size > _LARGEST:
        return False
    data = blob.head(_LARGEST)
    if _KEY.encode() not in data and b"\\u" not in data:
        return False
    try:
        value = read_json(data)
    except JsonError:
        return False
    return isinstance(value, Pairs) and any(key == _KEY for key, _ in value)


def parse(source: Source) -> Iterator[Event]:
    """Yield every template, also those that a later one of the same name hides."""
    try:
        value = read_json(source.blob.head(_LARGEST))
    except JsonError as error:
        yield Incomplete(f"the configuration is no JSON: {error}")
        return
    if not isinstance(value, Pairs):
        return
    for name in value.duplicates():
        message = f"the key {name[:100]!r} stands twice"
        yield Anomaly(kind="json-duplicate", message=message)
    for key, inner in value:
        if key != _KEY:
            continue
        for name, text in list(_templates(inner))[:_MOST]:
            data = text.encode("utf-8", "backslashreplace")
            yield Child(name, Memory(data), format="chat-template")


def _templates(value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield _KEY, value
    elif isinstance(value, Pairs):
        for name, text in value:
            if isinstance(text, str):
                yield f"{_KEY}.{name[:100]}", text
    elif isinstance(value, list):
        for entry in value:
            if isinstance(entry, Pairs):
                name = str(entry.last("name"))[:100]
                for key, item in entry:
                    if key == "template" and isinstance(item, str):
                        yield f"{_KEY}.{name}", item
