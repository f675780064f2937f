"""What an expression of a template may be worth, as far as that can be told without rendering."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Plain: TypeAlias = "str | int | float | bool | Items | Table | None"

MOST_CHOICES = 16
LONGEST = 4096


class Items(msgspec.Struct, frozen=True):
    """A list or tuple. `weight` counts all that is inside it, so that it stays bounded."""

    items: tuple[Worth, ...]
    weight: int = 1


class Table(msgspec.Struct, frozen=True):
    """A dict, see `Items`."""

    items: tuple[tuple[Worth, Worth], ...]
    weight: int = 1


class Worth(msgspec.Struct, frozen=True):
    """What an expression may be worth.

    `choices` are the constants it may be, `chain` the way to it from a name where it may be
    something else; an empty chain tells that nothing is known. `free` is whether it holds what
    people wrote, or the time. `when` are the constants such a thing was compared with to come to
    it; `count` is how many items it has at least, where that is claimed by a number. `pieced` is
    whether it is text made of pieces of which not all are known.
    """

    choices: tuple[Plain, ...] = ()
    chain: tuple[str, ...] | None = None
    free: bool = False
    when: frozenset[str] = frozenset()
    count: int | None = None
    pieced: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The strings among the choices."""
        return tuple(choice for choice in self.choices if isinstance(choice, str))


def items(*worths: Worth) -> Worth:
    """Return a list of these, or nothing if it would be too large."""
    weight = 1 + sum(_weight(worth) for worth in worths)
    return Worth((Items(worths, weight),)) if weight <= LONGEST else NOTHING


def table(*pairs: tuple[Worth, Worth]) -> Worth:
    """Return a dict of these, or nothing if it would be too large."""
    weight = 1 + sum(_weight(key) + _weight(value) for key, value in pairs)
    return Worth((Table(pairs, weight),)) if weight <= LONGEST else NOTHING


def _weight(worth: Worth) -> int:
    return 1 + sum(choice.weight for choice in worth.choices if isinstance(choice, Items | Table))


NOTHING = Worth(chain=())


def join(*worths: Worth) -> Worth:
    """Return what may be worth any of these."""
    choices: dict[tuple[str, Plain], Plain] = {}
    chain = None
    for worth in worths:
        for choice in worth.choices:
            if len(choices) < MOST_CHOICES:
                choices[(type(choice).__name__, choice)] = choice
        chain = chain or worth.chain
    return Worth(
        tuple(choices.values()),
        chain,
        any(worth.free for worth in worths),
        frozenset().union(*(worth.when for worth in worths)),
        max((worth.count for worth in worths if worth.count is not None), default=None),
        any(worth.pieced for worth in worths),
    )


def either(left: Worth, right: Worth, choices: tuple[Plain, ...]) -> Worth:
    """Return what two operands make: `choices` if there are any, else something unknown."""
    chain = None if choices else left.chain or right.chain or ()
    pieced = not choices and any(side.pieced or side.texts for side in (left, right))
    when = left.when | right.when
    return Worth(choices, chain, left.free or right.free, when, pieced=pieced)


def marked(worth: Worth, when: frozenset[str]) -> Worth:
    """Return `worth` as one that was come to by comparing with `when`."""
    return Worth(worth.choices, worth.chain, worth.free, worth.when | when, worth.count)


def texts_inside(worth: Worth) -> set[str]:
    """Return the texts of lists and tables among the choices."""
    texts: set[str] = set()
    for choice in worth.choices:
        if isinstance(choice, Items):
            texts.update(*(item.texts for item in choice.items))
        elif isinstance(choice, Table):
            texts.update(*(key.texts for key, _ in choice.items))
    return texts


def shown(choice: Plain) -> str:
    """Return how a constant stands at the start of a chain."""
    if isinstance(choice, Items):
        return "()"
    if isinstance(choice, Table):
        return "{}"
    return repr(choice)[:200]


def pieces(name: str, base: Worth, args: tuple[Worth, ...]) -> bool:
    """Whether a method or filter pieces text together of which some is known."""
    if name == "join" and any(isinstance(choice, Items) for choice in base.choices):
        return True
    return name in ("join", "format", "format_map") and any(
        worth.texts or texts_inside(worth) for worth in (base, *args)
    )
