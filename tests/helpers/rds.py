"""Serialized values of R written by hand, after the R Internals manual, so that anything can lie.

A writer makes the numbers and texts of one of the three forms; the functions put items together.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

Item = Callable[["Writer"], bytes]
NIL = 254
GLOBAL = 253
UNBOUND = 252
ATTRIBUTES, TAG, OBJECT, ACTIVE = 1 << 9, 1 << 10, 1 << 8, 1 << 27


class Writer:
    def __init__(self, form: str = "X") -> None:
        self.form = form

    def number(self, *values: int) -> bytes:
        if self.form == "A":
            return b"".join(b"%d\n" % value for value in values)
        return struct.pack(f"{'>' if self.form == 'X' else '<'}{len(values)}i", *values)

    def real(self, *values: float) -> bytes:
        if self.form == "A":
            return b"".join(b"%.16g\n" % value for value in values)
        return struct.pack(f"{'>' if self.form == 'X' else '<'}{len(values)}d", *values)

    def chars(self, text: str) -> bytes:
        raw = text.encode()
        shown = raw.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b" ", b"\\040")
        return shown + b"\n" if self.form == "A" else raw


def one(flags: int) -> Item:
    return lambda w: w.number(flags)


def char(text: str) -> Item:
    return lambda w: w.number(0x40009, len(text.encode())) + w.chars(text)


def symbol(name: str) -> Item:
    return lambda w: w.number(1) + char(name)(w)


def reference(index: int) -> Item:
    return one(index << 8 | 255)


def cells(kind: int, first: Item, rest: Item, tag: Item | None = None, flags: int = 0) -> Item:
    def write(w: Writer) -> bytes:
        start = w.number(kind | flags | (TAG if tag else 0))
        return start + (tag(w) if tag else b"") + first(w) + rest(w)

    return write


def pairs(*items: tuple[str, Item], kind: int = 2) -> Item:
    rest = one(NIL)
    for name, item in reversed(items):
        rest = cells(kind, item, rest, symbol(name) if name else None)
    return rest


def call(name: str | Item, *args: Item) -> Item:
    head = symbol(name) if isinstance(name, str) else name
    return cells(6, head, pairs(*(("", arg) for arg in args)))


def strings(*texts: str) -> Item:
    return lambda w: w.number(16, len(texts)) + b"".join(char(text)(w) for text in texts)


def reals(*values: float) -> Item:
    return lambda w: w.number(14, len(values)) + w.real(*values)


def integers(*values: int) -> Item:
    return lambda w: w.number(13, len(values), *values)


def vector(*items: Item, attributes: Item | None = None) -> Item:
    def write(w: Writer) -> bytes:
        flags = 19 | (ATTRIBUTES | OBJECT if attributes else 0)
        inner = b"".join(item(w) for item in items)
        return w.number(flags, len(items)) + inner + (attributes(w) if attributes else b"")

    return write


def environment(frame: Item, table: Item | None = None) -> Item:
    def write(w: Writer) -> bytes:
        rest = (table or one(NIL))(w) + w.number(NIL)
        return w.number(4, 0, GLOBAL) + frame(w) + rest

    return write


def promise(value: Item, code: Item) -> Item:
    return cells(5, value, code)


def closure(body: Item, formals: Item | None = None, around: Item | None = None) -> Item:
    return cells(3, formals or one(NIL), body, around or one(GLOBAL))


def altrep(name: str, package: str, state: Item) -> Item:
    def write(w: Writer) -> bytes:
        info = pairs(("", symbol(name)), ("", symbol(package)), ("", integers(13)))
        return w.number(238) + info(w) + state(w) + w.number(NIL)

    return write


def rds(item: Item, form: str = "X", version: int = 3) -> bytes:
    w = Writer(form)
    head = w.number(version, 0x40301, 0x30500)
    if version == 3:
        head += w.number(5) + w.chars("UTF-8")
    return form.encode() + b"\n" + head + item(w)


def frame() -> Item:
    """Return a data frame of two columns."""
    attributes = pairs(
        ("names", strings("x", "y")),
        ("class", strings("data.frame")),
        ("row.names", integers(-(1 << 31), -3)),
    )
    return vector(reals(1.0, 2.0, 3.5), strings("a", "b", "c d"), attributes=attributes)


def linear_model() -> Item:
    """Return what a linear model has: coefficients, the call, terms with their environment."""
    formula = call("~", symbol("y"), symbol("x"))
    forced = promise(reals(1.0), call("system", strings("never run again")))
    inside = environment(pairs(("data", forced), ("n", integers(3))))
    terms = cells(6, symbol("~"), pairs(("", symbol("y"))), flags=0)
    return vector(
        reals(0.5, 1.5),
        call("lm", formula),
        terms,
        inside,
        frame(),
        attributes=pairs(("names", strings("coefficients")), ("class", strings("lm"))),
    )
