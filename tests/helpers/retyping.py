"""Documents of JSON with values of other types than are expected."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
OTHERS: tuple[Any, ...] = ([[]], {"a": []}, 7, "words", None, [], {}, "", -1, 1 << 70, 0.5, True)


def document(data: bytes) -> Any:
    """Return what a document of JSON says, `None` for others."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where each value of a document stands."""
    yield path
    inner = value if isinstance(value, dict) else {}
    inner = dict(enumerate(value)) if isinstance(value, list) else inner
    for key, item in inner.items():
        yield from paths(item, (*path, key))


def replaced(value: Any, path: Path, other: Any) -> Any:
    """Return a document with `other` at `path`."""
    if not path:
        return other
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    made = {k: replaced(item, path[1:], other) if k == path[0] else item for k, item in pairs}
    return made if isinstance(value, dict) else list(made.values())


def retyped(value: Any, chance: random.Random) -> bytes:
    """Return a document with others for one or several values."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        path = chance.choice(list(paths(value)))
        value = replaced(value, path, chance.choice(OTHERS))
    return json.dumps(value).encode()
