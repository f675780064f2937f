"""YAML as it is written, in the values of `io.json`: duplicate keys kept, nothing constructed.

Source: YAML 1.1, as PyYAML parses it. Only its stream of events is read; tags are listed, never
obeyed. A scalar that stands plain is null, true or false where it says so, text otherwise; an alias
is what its anchor is if that is a scalar, else nothing, so that aliases cannot multiply.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from modelassay.core.errors import Error
from modelassay.io.json import Json, JsonError, Pairs, read_json

if TYPE_CHECKING:
    import yaml

_MOST: Final = 500_000
_DEEPEST: Final = 200
_PLAIN: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "on", "On"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "off", "Off"), False),
}
_OWN: Final = "tag:yaml.org,2002:"


class YamlError(Error, ValueError):
    """The text is no YAML, or too much of it."""


class Document:
    """The first document of a text: its `value`, and the `tags` that are none of YAML's own."""

    def __init__(self) -> None:
        self.value: Json = None
        self.tags: list[str] = []
        self._open: list[Pairs | list[Json]] = []
        self._keys: list[str | None] = []
        self._anchors: dict[str, Json] = {}

    def take(self, event: yaml.Event) -> None:
        """Take one event of the stream."""
        import yaml

        tag = getattr(event, "tag", None)
        if isinstance(tag, str):
            self._tag(tag)
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None and event.value in _PLAIN
            value: Json = _PLAIN[event.value] if plain else event.value
            if event.anchor:
                self._anchors[event.anchor] = value
            self._put(value)
        elif isinstance(event, yaml.AliasEvent):
            self._put(self._anchors.get(event.anchor or ""))
        elif isinstance(event, yaml.CollectionStartEvent):
            inner: Pairs | list[Json] = Pairs() if isinstance(event, yaml.MappingStartEvent) else []
            self._put(inner)
            self._open.append(inner)
            self._keys.append(None)
            if len(self._open) > _DEEPEST:
                raise YamlError("it is nested too deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()

    def _tag(self, tag: str) -> None:
        if tag != "!" and not (tag.startswith(_OWN) and ":" not in tag[len(_OWN) :]):
            self.tags.append(tag.removeprefix(_OWN)[:200])

    def _put(self, value: Json) -> None:
        if not self._open:
            self.value = value
            return
        around = self._open[-1]
        if not isinstance(around, Pairs):
            around.append(value)
        elif self._keys[-1] is None:
            self._keys[-1] = value if isinstance(value, str) else _named(value)
        else:
            around.append((self._keys[-1], value))
            self._keys[-1] = None


def _named(value: Json) -> str:
    return "null" if value is None else str(value)[:100]


def read_yaml(data: bytes | str) -> Document:
    """Return the first document of a text. Raises `YamlError`.

    JSON is YAML too, and a vocabulary of a tokenizer much of it: it is read as what it is. Its
    numbers stay numbers.
    """
    import yaml

    document = Document()
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    if text.lstrip()[:1] in ("{", "["):
        with contextlib.suppress(JsonError):
            document.value = read_json(text)
            return document
    try:
        for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
            if number > _MOST:
                raise YamlError("it has too many nodes")
            if isinstance(event, yaml.DocumentEndEvent):
                break
            document.take(event)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlError(getattr(error, "problem", None) or str(error)[:200]) from error
    return document
