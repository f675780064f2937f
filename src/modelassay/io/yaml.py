"""YAML as a stream of scalars with their paths: nothing is constructed, tags are not obeyed.

Source: YAML 1.1 as PyYAML parses it. Aliases are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

_DEEPEST: Final = 100


class YamlFault(msgspec.Struct, frozen=True):
    """Where and why the text is no YAML, or too deep to be read."""

    message: str
    offset: int


def scalars(text: str) -> Iterator[tuple[str, str] | YamlFault]:
    """Yield each scalar behind the keys that lead to it, which the items of a list share."""
    import yaml

    keys: list[str | None] = []
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            mapping = isinstance(event, yaml.MappingStartEvent)
            if mapping or isinstance(event, yaml.SequenceStartEvent):
                keys.append(None if mapping else "")
                if len(keys) > _DEEPEST:
                    yield YamlFault("it is nested too deep", 0)
                    return
            elif isinstance(event, yaml.CollectionEndEvent):
                keys.pop()
                _done(keys)
            elif isinstance(event, yaml.ScalarEvent):
                if keys and keys[-1] is None:
                    keys[-1] = event.value[:200] or " "
                    continue
                yield ".".join(key for key in keys if key), event.value
                _done(keys)
            elif isinstance(event, yaml.AliasEvent):
                _done(keys)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        message = f"no YAML: {getattr(error, 'problem', None) or type(error).__name__}"
        yield YamlFault(message, mark.index if mark is not None else 0)


def _done(keys: list[str | None]) -> None:
    """A value of a mapping is over: a key comes next."""
    if keys and keys[-1]:
        keys[-1] = None
