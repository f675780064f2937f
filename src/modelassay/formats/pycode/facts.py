"""Code objects told as facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from modelassay.core.facts import Code, CodeReference, Location
from modelassay.formats.pycode.code import CodeObject
from modelassay.formats.pycode.disassembly import disassemble
from modelassay.formats.pycode.effects import references
from modelassay.formats.pycode.values import show

_LONGEST_LISTING: Final = 400
_LONGEST_ARGUMENT: Final = 120


def code_fact(
    code: CodeObject, at: Location, whole: bool, aliases: Mapping[str, str] | None = None
) -> Code:
    """Return what a code object refers to and its listing, with those of the code inside it.

    `whole` tells whether it was read to its end; `aliases` what its globals stand for.
    """
    found = references(code, aliases)
    told = tuple(
        CodeReference(
            name=one.name,
            called=one.called,
            args=tuple(show(value, _LONGEST_ARGUMENT) for value in one.arguments),
            path=one.path,
        )
        for one in found.found
    )
    listing: list[str] = []
    for inner in code.walk():
        if len(listing) >= _LONGEST_LISTING:
            listing.append("...")
            break
        listing.append(f"{inner.qualname or inner.name}:")
        listing += disassemble(inner, limit=_LONGEST_LISTING - len(listing))
    return Code(
        name=code.qualname or code.name,
        language="python",
        references=told,
        listing=tuple(listing),
        complete=whole and found.complete,
        at=at,
    )
