"""First bytes of payloads, as they look in the streams that bits of weights are packed into.

One stream is packed, from the first element on and most significant bit first. In other orders, or
from another element on, it would be the same bits, changed about or shifted, so that the signatures
are changed and shifted instead: the search of yara-x does not mind hundreds of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from modelassay.searching.lowbits import REVERSED, Layout, layouts

_Byte: TypeAlias = "tuple[int, int]"  # its value, and a mask of the bits that are known
_KNOWN: Final = 0xFF


class Magic(NamedTuple):
    """Bytes that stand `back` bytes behind the start of something; `None` for any byte."""

    values: tuple[int | None, ...]
    back: int = 0


class Sign(NamedTuple):
    """What a pattern stands for: a stream of `layout` that starts `bits` in front of a match."""

    layout: Layout
    bits: int


def _magic(text: str, back: int = 0) -> Magic:
    values = [None if one == "??" else int(one, 16) for one in text.split()]
    return Magic(tuple(values), back)


def _text(text: bytes, back: int = 0) -> Magic:
    return Magic(tuple(text), back)


_COMMON: Final = (
    *map(_magic, ("7f 45 4c 46", "cf fa ed fe", "fe ed fa cf", "ca fe ba be")),
    # With its whole version: in weights, the search for the shorter is ten times as slow.
    _magic("00 61 73 6d 01 00 00 00"),
    *map(_magic, ("50 4b 03 04", "37 7a bc af 27 1c", "1f 8b 08 00", "1f 8b 08 08")),
    *map(_magic, ("fd 37 7a 58 5a 00", "28 b5 2f fd", "80 04 95 ?? ?? ?? 00 00 00 00 00")),
    *map(_text, (b"#!/bin/", b"#!/usr/")),
)
#: In bytes as they stand. No more than 16: yara-x searches for 64 patterns many times as fast as
#: for 65, and there are four orders.
_WHOLE: Final = (_magic("4d 5a " + "?? " * 60 + "00 00"), *_COMMON)
#: In packed bits. What stands in front of the header of a PE is of any length, see `places`.
_PACKED: Final = (
    *_COMMON,
    *(_magic(f"50 45 00 00 {machine}") for machine in ("4c 01", "64 86", "64 aa", "c4 01")),
    *map(_magic, ("ce fa ed fe", "fe ed fa ce", "64 65 78 0a 30", "42 5a 68 ?? 31 41 59")),
    _magic("80 05 95 ?? ?? ?? 00 00 00 00 00"),
    *(_magic(f"80 0{protocol} {op}") for protocol in "23" for op in ("7d 71 00", "28 71 00")),
    *(_magic(f"80 0{protocol} 63 {ord(one):x}") for protocol in "23" for one in "_bcinoprstw"),
    *map(_text, (b"cposix\n", b"cos\n", b"c__bui", b"cbuilt", b"csubpr", b"cnt\n", b"csys\n")),
    *(_magic(f"0d 0a 0{flags} 00 00 00", 2) for flags in "013"),
    *map(_text, (b"#! /", b"#!/syst")),
    _text(b"ustar", 257),
)


class Finder:
    """Finds `signs`, by the index of their patterns."""

    def __init__(self, signs: list[Sign], patterns: Iterable[str]) -> None:
        import yara_x

        self.signs = signs
        lines = (f"$s{index} = {pattern}" for index, pattern in enumerate(patterns))
        source = "rule magics { strings: " + " ".join(lines) + " condition: any of them }"
        self._rules = yara_x.compile(source)

    def find(self, data: bytes) -> list[tuple[Sign, int]]:
        """Return what is found and the offset of each match, in no order."""
        import yara_x

        scanner = yara_x.Scanner(self._rules)  # belongs to this thread, and does not outlive this
        return [
            (self.signs[int(pattern.identifier.removeprefix("$s"))], match.offset)
            for rule in scanner.scan(data).matching_rules
            for pattern in rule.patterns
            for match in pattern.matches
        ]


@cache
def packed(bits: int) -> tuple[Finder, ...]:
    """Return what finds streams of `bits` of each element, from any element on, in packed bytes."""
    orders = [one for one in layouts(2, real=False) if one.bits == bits]
    parts = [[one] for one in orders] if bits == 8 else [orders]  # fewer patterns are faster
    return tuple(_packed(part, range(0, 8, bits)) for part in parts)


@cache
def plain() -> Finder:
    """Return what finds streams in bytes that are taken out of elements in their own order."""
    return _packed([Layout(8)], range(1))


def _packed(orders: list[Layout], shifts: Iterable[int]) -> Finder:
    every = [(layout, shift, magic) for layout in orders for shift in shifts for magic in _PACKED]
    signs = [Sign(layout, magic.back * 8 - shift) for layout, shift, magic in every]
    return Finder(signs, (_masked(_shifted(*one)) for one in every))


@cache
def whole(width: int) -> Finder | None:
    """Return what finds streams of several of the lowest bytes of elements, where they stand."""
    orders = [one for one in layouts(width, real=False) if one.bits > 8]
    if not orders or width > 4:
        return None
    every = [(layout, *_spread(magic, width, layout)) for layout in orders for magic in _WHOLE]
    signs = [Sign(layout, first * 8) for layout, first, _ in every]
    return Finder(signs, (_jumping(values) for _, _, values in every))


def _shifted(layout: Layout, shift: int, magic: Magic) -> list[_Byte]:
    """Return a signature in a stream of `layout`, so many bits behind the start of a byte."""
    table, size = _changed(layout), len(magic.values) + bool(shift)
    bits = sum(table[one or 0] << 8 * at for at, one in enumerate(reversed(magic.values)) if one)
    mask = sum(_KNOWN << 8 * at for at, one in enumerate(reversed(magic.values)) if one is not None)
    spare = 8 * size - 8 * len(magic.values) - shift
    return list(zip((bits << spare).to_bytes(size), (mask << spare).to_bytes(size), strict=True))


@cache
def _changed(layout: Layout) -> bytes:
    """Return what becomes of each byte of a stream of `layout` where it is packed as others are."""
    table = bytes(range(256))
    if not layout.filling:
        table = table.translate(REVERSED)
    if not layout.falling:
        groups = range(0, 8, layout.bits)
        table = table.translate(
            bytes(
                int("".join(f"{byte:08b}"[at : at + layout.bits][::-1] for at in groups), 2)
                for byte in range(256)
            )
        )
    return table


def _spread(magic: Magic, width: int, layout: Layout) -> tuple[int, list[int | None]]:
    """Return where a signature begins from the first element on, and its bytes among others."""
    count = layout.bits // 8
    places: dict[int, int] = {}
    for index, value in enumerate(magic.values, magic.back):
        if value is not None:
            element, part = divmod(index, count)
            places[element * width + (count - 1 - part if layout.falling else part)] = value
    first = min(places)
    return first, [places.get(place) for place in range(first, max(places) + 1)]


def _masked(values: list[_Byte]) -> str:
    """Write bytes of which some bits are known as a regular expression."""
    return f"/{''.join(_class(value, mask) for value, mask in values)}/s"


@cache
def _class(value: int, mask: int) -> str:
    if not mask:
        return "."
    values = (rf"\x{byte:02x}" for byte in range(256) if byte & mask == value)
    return f"[{''.join(values)}]"


def _jumping(values: Iterable[int | None]) -> str:
    """Write bytes in hexadecimal; a jump is far faster than as many wildcards."""
    runs = ((value, list(run)) for value, run in groupby(values))
    parts = (f"[{len(run)}]" if one is None else f"{one:02x} " * len(run) for one, run in runs)
    return "{ " + " ".join(parts) + " }"
