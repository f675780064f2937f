"""Values in code objects: plain Python objects for leaves and tuples, stand-ins for the rest.

Sets, dictionaries and lists are kept as `Group`, because a set can only be built by hashing its
items, and hashing a hostile tuple that holds itself many times over takes exponential time. For
the same reason nothing here compares or prints a whole value: use `show`.
"""

from dataclasses import dataclass
from typing import Final

Version = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A list, set, frozenset, dict (keys and values in turn) or slice (start, stop, step)."""

    kind: str
    items: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that is there but was not built; `reason` says what it was."""

    reason: str


MISSING: Final = Opaque("missing")
_BRACKETS = {
    "tuple": ("(", ")"),
    "list": ("[", "]"),
    "set": ("{", "}"),
    "frozenset": ("{", "}"),
    "dict": ("{", "}"),
}
_SHOWN_BITS = 256


def _show_leaf(value: object, limit: int) -> str:
    if isinstance(value, str | bytes):
        text = repr(value[:limit])
        return text if len(value) <= limit else text + "..."
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:
        return f"<int of {value.bit_length()} bits>"
    if value is None or isinstance(value, bool | int | float | complex):
        return repr(value)
    if value is Ellipsis:
        return "Ellipsis"
    if isinstance(value, Opaque):
        return f"<{value.reason}>"
    return str(value)[:limit] if type(value).__module__.startswith(__package__) else "<object>"


def show(value: object, limit: int = 80) -> str:
    """One line of text for a value, near `limit` characters at most, whatever it holds."""
    parts: list[str] = []
    length = 0
    pending: list[object] = [value]
    while pending:
        item = pending.pop()
        if length > limit:
            parts.append("...")
            break
        if isinstance(item, _Text):
            text = item.text
        elif isinstance(item, tuple | Group):
            text = _open(item, pending, limit)
        else:
            text = _show_leaf(item, limit)
        parts.append(text)
        length += len(text)
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Text:
    text: str


def _open(value: tuple[object, ...] | Group, pending: list[object], limit: int) -> str:
    """Push the items of a container with their punctuation; return what stands before them."""
    kind, items = ("tuple", value) if isinstance(value, tuple) else (value.kind, value.items)
    before, after = _BRACKETS.get(kind, ("(", ")"))
    pending.append(_Text(",)" if kind == "tuple" and len(items) == 1 else after))
    for index, item in reversed(list(enumerate(items[:limit]))):
        pending.append(item)
        if index:
            pending.append(_Text(": " if kind == "dict" and index % 2 else ", "))
    return before if kind in _BRACKETS else kind + before
