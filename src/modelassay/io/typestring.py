"""NumPy type strings, such as `<f8`, `|S5`, `<U3`, `<M8[ns]`, `|O` or `float64`.

Source: the array interface protocol (typestr) and `numpy.dtype` of NumPy 1.6 to 2.4.
"""

from __future__ import annotations

from typing import Final

import msgspec

from modelassay.core.pattern import later

_TYPE: Final = later(r"[<>=|]?([?a-zA-Z])(\d{0,9})(\[[\w/]{1,24}\])?")
#: Bytes of a character code that stands without a number. `l` and `L` are those of Linux.
_WIDTHS: Final = {
    **dict.fromkeys("?bB", 1),
    **dict.fromkeys("hHe", 2),
    **dict.fromkeys("iIf", 4),
    **dict.fromkeys("lLqQpPdFmM", 8),
    **dict.fromkeys("gD", 16),
    **dict.fromkeys("G", 32),
    **dict.fromkeys("SUVac", 0),
    "c": 1,
}
_NAMED: Final = later(r"(bool_?|u?int|float|complex)(8|16|32|64|128|256)?")
_BARE: Final = {"bool": 1, "bool_": 1, "int": 8, "uint": 8, "float": 8, "complex": 16}

#: Types of ml_dtypes that are wider than a byte.
_REGISTERED_WIDTHS: Final = {"bfloat16": 2, "bcomplex32": 4, "complex32": 4}


class ElementType(msgspec.Struct, frozen=True):
    """An array element: its bytes, and whether it is or holds Python objects."""

    width: int
    objects: bool = False


def registered_width(module: str, name: str) -> int | None:
    """Return the bytes of an element of a type that a package registers with NumPy, if known.

    The state of such a type sets its width, of the type itself and not of one array alone
    (`arraydescr_setstate` of `numpy/_core/src/multiarray/descriptor.c`): a wrong one has memory
    read that belongs to something else.
    """
    return _REGISTERED_WIDTHS.get(name, 1) if module == "ml_dtypes" else None


def read_type(text: str) -> ElementType | None:
    """Return the element type a type string names, `None` if it is no such string."""
    if text.lstrip("<>=|") in ("O", "O4", "O8", "object", "object_"):
        return ElementType(8, objects=True)
    found = _TYPE.fullmatch(text)
    if found is not None:
        letter, digits = found[1], found[2]
        if not digits:
            width = _WIDTHS.get(letter)
            return None if width is None else ElementType(width)
        return ElementType(int(digits) * (4 if letter == "U" else 1))
    named = _NAMED.fullmatch(text)
    if named is None:
        return None
    return ElementType(int(named[2]) // 8 if named[2] else _BARE[named[1]])
