"""Constants folded as rendering would: the ways in which a template can write one name as another.

Source: the string methods of Python and the built-in filters of Jinja. Nothing here calls what a
template names; each way is listed, and results are bounded.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from modelassay.formats.chat_template.values import (
    LONGEST,
    MOST_CHOICES,
    Items,
    Plain,
    Table,
    Worth,
)

#: Named fields are filled in the order of what they are given.
_FIELD: Final = re.compile(r"\{(\d*)(?:[A-Za-z_]\w*)?(?:![rs])?(?::s?)?\}")
_PERCENT: Final = re.compile(r"%(?:\(\w{1,60}\))?(?:[sdrc%]|\d*x)")
_LARGEST: Final = 1 << 256

#: What leaves a short name as it is, or adds what can be told apart from it.
_KEEPING: Final = {
    *("string", "safe", "escape", "e", "forceescape", "encode", "urlencode", "translate"),
    *("indent", "wordwrap", "truncate", "striptags", "expandtabs", "urlize"),
}

_METHODS: Final[dict[str, Callable[..., Plain]]] = {
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "title": lambda text: text.title(),
    "capitalize": lambda text: text.capitalize(),
    "swapcase": lambda text: text.swapcase(),
    "strip": lambda text, *chars: text.strip(*chars),
    "trim": lambda text, *chars: text.strip(*chars),
    "lstrip": lambda text, *chars: text.lstrip(*chars),
    "rstrip": lambda text, *chars: text.rstrip(*chars),
    "removeprefix": lambda text, part: text.removeprefix(part),
    "removesuffix": lambda text, part: text.removesuffix(part),
    "replace": lambda text, old, new, count=-1: _cut_replace(text, old, new, count),
    "format": lambda text, *args: _format(text, args),
    "casefold": lambda text: text.casefold(),
    "decode": lambda text, codec="": _decode(text, codec),
    "center": lambda text, width=80, fill=" ": text.center(min(width, LONGEST), fill),
    "ljust": lambda text, width, fill=" ": text.ljust(min(width, LONGEST), fill),
    "rjust": lambda text, width, fill=" ": text.rjust(min(width, LONGEST), fill),
    "zfill": lambda text, width: text.zfill(min(width, LONGEST)),
    "partition": lambda text, part: _items(text.partition(part)),
    "rpartition": lambda text, part: _items(text.rpartition(part)),
    "reverse": lambda text: text[::-1],
    "first": lambda text: text[0],
    "last": lambda text: text[-1],
    "split": lambda text, *args: _items(text.split(*args)),
}


def combinations(*worths: Worth) -> Iterator[tuple[Plain, ...]]:
    """Yield the ways to choose a constant for each of `worths`, a bounded number of them."""
    ways = itertools.product(*(worth.choices for worth in worths))
    yield from itertools.islice(ways, MOST_CHOICES)


def apply(name: str, base: Worth, args: tuple[Worth, ...]) -> tuple[Plain, ...]:
    """Return what the method or filter `name` may make of the constants."""
    results: list[Plain] = []
    for subject, *chosen in combinations(base, *args):
        try:
            result = _apply(name, subject, chosen)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError):
            continue
        if result is not None and (not isinstance(result, str) or len(result) <= LONGEST):
            results.append(result)
    return tuple(results)


def _apply(name: str, subject: Plain, args: list[Plain]) -> Plain:
    if name == "join":
        if isinstance(subject, Items):
            separator = args[0] if args else ""
            return _joined(subject, separator)
        if args and isinstance(args[0], Items):
            return _joined(args[0], subject)
        return None
    if isinstance(subject, Items):
        return _joined(subject, "") if name == "sum" else _of_items(name, subject)
    if isinstance(subject, Table):
        keys = Items(tuple(key for key, _ in subject.items), subject.weight)
        if name in ("values", "items"):
            values = tuple(value for _, value in subject.items)
            return Items(values if name == "values" else _pairs(subject), subject.weight)
        return keys if name in ("list", "keys") else _of_items(name, keys)
    if name == "string":
        return str(subject)
    if isinstance(subject, str):
        if name in _KEEPING:
            return subject
        if name == "list":
            return _items(subject)
        method = _METHODS.get(name)
        if name == "format" and any(isinstance(arg, Items | Table) for arg in args):
            return None
        return method(subject, *args) if method else None
    return None


def _of_items(name: str, subject: Items) -> Plain:
    if not subject.items:
        return None
    order = subject.items[::-1]
    match name:
        case "first":
            return _only(subject.items[0])
        case "last":
            return _only(order[0])
        case "reverse":
            return Items(order, subject.weight)
        case "list" | "sort" | "unique":
            return subject
    return None


def _pairs(table: Table) -> tuple[Worth, ...]:
    return tuple(Worth((Items(pair, table.weight),)) for pair in table.items)


def _decode(text: str, codec: str) -> str:
    if "escape" in codec:
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    return text


def _only(worth: Worth) -> Plain:
    return worth.choices[0] if worth.choices else None


def _items(parts: Iterable[str]) -> Items:
    worths = tuple(Worth((part,)) for part in parts)
    return Items(worths, 1 + len(worths))


def _joined(items: Items, separator: Plain) -> str | None:
    parts = [_only(item) for item in items.items]
    if not isinstance(separator, str) or any(not isinstance(part, str | int) for part in parts):
        return None
    if sum(len(str(part)) + len(separator) for part in parts) > LONGEST:
        return None
    return separator.join(map(str, parts))


def _cut_replace(text: str, old: str, new: str, count: int = -1) -> str | None:
    if len(text) * (len(new) + 1) > LONGEST * 8:
        return None
    return text.replace(old, new, count)


def _format(text: str, args: tuple[Plain, ...]) -> str | None:
    """Fill in `{}` fields, or those of `%`, as the filter of the same name does."""
    if "{" not in text:
        return percent(text, args)
    following = itertools.count()

    def fill(match: re.Match[str]) -> str:
        index = int(match[1]) if match[1] else next(following)
        return str(args[index])

    return _FIELD.sub(fill, text)


def percent(text: str, args: tuple[Plain, ...]) -> str | None:
    """Return `text % args` for the plainest conversions."""
    values = iter(args)

    def fill(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = next(values, "")
        if match[0].endswith("c"):
            return chr(value) if isinstance(value, int) else str(value)
        return f"{value:x}" if match[0].endswith("x") and isinstance(value, int) else str(value)

    return _PERCENT.sub(fill, text)


def arithmetic(operator: str, left: Plain, right: Plain) -> Plain:
    """Return `left operator right`, `None` where that is large or nothing."""
    if operator == "%" and isinstance(left, str):
        args = tuple(map(_only, right.items)) if isinstance(right, Items) else (right,)
        return percent(left, args)
    if operator == "+" and isinstance(left, Items) and isinstance(right, Items):
        weight = left.weight + right.weight
        return Items(left.items + right.items, weight) if weight <= LONGEST else None
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right if len(left) + len(right) <= LONGEST else None
    if operator == "*":
        if isinstance(left, int) and isinstance(right, str):
            left, right = right, left
        if isinstance(left, str) and isinstance(right, int):
            return left * right if len(left) * right <= LONGEST else None
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    if max(abs(left), abs(right)) > _LARGEST:
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "//":
            return left // right if right else None
        case "%":
            return left % right if right else None
        case "**":
            return left**right if 0 <= right <= 256 and abs(left) <= 1 << 16 else None
    return None


def element(base: Plain, key: Plain) -> Worth | None:
    """Return `base[key]` of a constant, `None` where there is none."""
    if isinstance(base, Table):
        return next((value for name, value in base.items if key in name.choices), None)
    if isinstance(key, int) and isinstance(base, Items | str):
        items = base.items if isinstance(base, Items) else base
        if -len(items) <= key < len(items):
            found = items[key]
            return found if isinstance(found, Worth) else Worth((found,))
    return None


def size_of(operator: str, left: Plain, right: Plain) -> int:
    """Return how long what `left operator right` gives would be, in characters or digits."""
    if operator == "**":
        if isinstance(left, int) and isinstance(right, int) and abs(left) > 1:
            return min(abs(right), 1 << 62) * left.bit_length() // 4
        return 0
    for text, times in ((left, right), (right, left)):
        if isinstance(times, int) and not isinstance(text, int):
            length = len(text) if isinstance(text, str) else 1
            return times * max(length, 1)
    return 0
