"""JSON as it is written: duplicate keys kept, nothing taken for granted.

Source: RFC 8259. Its section 4 leaves open which of two equal keys counts, and readers differ. The
scanner is the standard library's, which does not recurse beyond the interpreter's limit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Final, TypeAlias

from modelassay.core.errors import Error
from modelassay.io.blob import Blob

_LARGEST: Final = 1 << 28
_MOST_VALUES: Final = 5_000_000
_LONGEST_PATH: Final = 400

Json: TypeAlias = "bool | int | float | str | list[Json] | Pairs | None"


class Pairs(list["tuple[str, Json]"]):
    """The items of an object in order, duplicate keys and all."""

    def last(self, key: str) -> Json:
        """Return the value most readers take for `key`, `None` where there is none."""
        return next((value for name, value in reversed(self) if name == key), None)

    def duplicates(self) -> list[str]:
        """Return every key that stands more than once, once each."""
        seen: set[str] = set()
        twice: dict[str, None] = {}
        for name, _ in self:
            if name in seen:
                twice[name] = None
            seen.add(name)
        return list(twice)


class JsonError(Error, ValueError):
    """The text is no JSON; `offset` is where, in characters, as far as it is known."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


class TooLargeError(JsonError):
    """The text is too large to be read."""


def entries(value: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield every item of every object in `value` as path, key and value, outer objects first.

    Of a long path only the end is kept.
    """
    pending: list[tuple[str, Json]] = [("", value)]
    while pending:
        path, current = pending.pop()
        inner: list[tuple[str, Json]] = []
        if isinstance(current, Pairs):
            for key, item in current:
                below = f"{path}.{key[:100]}"[-_LONGEST_PATH:] if path else key[:100]
                yield below, key, item
                inner.append((below, item))
        elif isinstance(current, list):
            inner = [(path, item) for item in current if isinstance(item, list)]
        pending += reversed([pair for pair in inner if isinstance(pair[1], list)])


def may_hold(blob: Blob, key: bytes) -> bool:
    """Whether `key`, or a letter written as an escape, stands anywhere in `blob`."""
    pattern = _either(key)
    step = 1 << 20
    return any(
        pattern.search(blob.read_at(offset, step + len(key)))
        for offset in range(0, blob.size, step)
    )


@cache
def _either(key: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(key) + rb"|\\u00[4-7]")


def find_json(blob: Blob, *marks: bytes) -> Json:
    """Return the value of the JSON text `blob`; `None` where it is none, or has no mark in it.

    Raises `TooLargeError` where it has more values than are taken into memory.
    """
    data = blob.head(_LARGEST)
    marked = any(data.find(mark) >= 0 for mark in marks)  # twice as fast as `in` for bytes
    if not marked and data.find(b"\\u") < 0:
        return None
    if blob.size > _LARGEST or sum(data.count(mark) for mark in b",[{") > _MOST_VALUES:
        if not marked:
            return None
        raise TooLargeError(f"it has more than {_MOST_VALUES} values or {_LARGEST} bytes")
    try:
        return read_json(data)
    except JsonError:
        return None


def read_json(data: bytes | str) -> Json:
    """Return the value of a JSON text, of bytes in any encoding that `json.loads` takes.

    Raises `JsonError`.
    """
    try:
        text = data if isinstance(data, str) else data.decode(json.detect_encoding(data))
        value: Json = json.loads(text, object_pairs_hook=Pairs)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.pos) from error
    except UnicodeDecodeError as error:
        raise JsonError(f"the text is not {error.encoding.upper()}", error.start) from error
    except RecursionError as error:
        raise JsonError("it is nested too deep") from error
    except ValueError as error:  # a number of thousands of digits
        raise JsonError(str(error)) from error
    return value


def write_json(value: Json) -> str:
    """Return `value` as a JSON text, duplicate keys and all."""
    parts: list[str] = []
    pending: list[tuple[str, Json, bool]] = [("", value, True)]  # a mark, and a value behind it
    while pending:
        mark, current, there = pending.pop()
        parts.append(mark)
        if not there:
            continue
        if not isinstance(current, list):
            parts.append(json.dumps(current))
            continue
        pairs = isinstance(current, Pairs)
        pending.append(("}" if pairs else "]", None, False))
        parts.append("{" if pairs else "[")
        for number in range(len(current) - 1, -1, -1):
            key, item = current[number] if isinstance(current, Pairs) else ("", current[number])
            comma = "," if number else ""
            pending.append((f"{comma}{json.dumps(key)}:" if pairs else comma, item, True))
    return "".join(parts)
