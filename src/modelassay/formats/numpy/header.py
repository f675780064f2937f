"""The header of a `.npy` array: what it claims about the bytes behind it.

Source: `numpy/lib/_format_impl.py` (format versions 1.0, 2.0 and 3.0; `descr_to_dtype`,
`_read_array_header`) of NumPy 1.16 to 2.4. NumPy reads the header with `ast.literal_eval`, and by
default none longer than 10,000 bytes.
"""

from __future__ import annotations

from typing import Final

import msgspec

from modelassay.formats.numpy.literal import Literal, LiteralError, Pairs, read_literal
from modelassay.io.typestring import ElementType, read_type

_KEYS: Final = ("descr", "fortran_order", "shape")
#: NumPy holds no array of more dimensions.
_MOST_DIMENSIONS: Final = 64
_LARGEST: Final = 1 << 63


class Header(msgspec.Struct):
    """What a header says. `element` is `None` where its type cannot be told.

    `faults` are (anomaly kind, message), in order of their finding.
    """

    dtype: str = "?"
    shape: tuple[int, ...] = ()
    element: ElementType | None = None
    faults: list[tuple[str, str]] = []

    @property
    def size(self) -> int | None:
        """The bytes of the array's elements, `None` where they cannot be told."""
        if self.element is None:
            return None
        size = self.element.width
        for side in self.shape:
            size *= side
        return size


def read_header(text: str) -> Header:
    """Read the text of a header. Never fails, see `Header.faults`."""
    header = Header()
    try:
        value = read_literal(text)
    except LiteralError as error:
        kind = "npy-header-nesting" if error.nested else "npy-header-expression"
        header.faults.append((kind, f"the header is not read: {error}"))
        return header
    if not isinstance(value, Pairs):
        header.faults.append(("npy-header-keys", "the header is no dict"))
        return header
    keys = [key for key, _ in value]
    if sorted(map(str, keys)) != sorted(_KEYS):
        header.faults.append(("npy-header-keys", f"the header has the keys {_short(keys)}"))
    fields = {key: inner for key, inner in value if isinstance(key, str)}
    if not isinstance(fields.get("fortran_order"), bool):
        header.faults.append(("npy-header-keys", "fortran_order is neither True nor False"))
    if "descr" in fields:
        _read_descr(header, fields["descr"])
    if "shape" in fields:
        _read_shape(header, fields["shape"])
    else:
        header.element = None
    if (header.size or 0) >= _LARGEST:
        header.faults.append(("npy-shape", f"the shape {_short(header.shape)} is too large"))
    return header


def _read_descr(header: Header, descr: Literal) -> None:
    header.dtype = descr[:200] if isinstance(descr, str) else _short(descr)
    header.element = _element(descr)
    if header.element is None:
        header.faults.append(("npy-descr", f"no element type is called {_short(descr)}"))


def _read_shape(header: Header, shape: Literal) -> None:
    sides = [side for side in shape if isinstance(side, int)] if isinstance(shape, tuple) else None
    if sides is None or not isinstance(shape, tuple) or len(sides) != len(shape):
        header.faults.append(("npy-shape", f"the shape {_short(shape)} is no tuple of numbers"))
        header.element = None
    elif min(sides, default=0) < 0 or len(sides) > _MOST_DIMENSIONS:
        header.faults.append(("npy-shape", f"the shape {_short(shape)} cannot be"))
        header.element = None
    else:
        header.shape = tuple(sides)


def _element(descr: Literal) -> ElementType | None:
    """Return the type a `descr` names: a string, (type, shape), or a list of fields."""
    if isinstance(descr, str):
        return read_type(descr)
    if isinstance(descr, tuple):
        return _repeated(descr[0], descr[1]) if len(descr) == 2 else None
    if not isinstance(descr, list):
        return None
    width, objects = 0, False
    for field in descr:
        if not isinstance(field, tuple) or not 2 <= len(field) <= 3:
            return None
        # A name may be a (title, name) pair.
        if not isinstance(field[0], str | tuple):
            return None
        inner = _element(field[1]) if len(field) == 2 else _repeated(field[1], field[2])
        if inner is None:
            return None
        width, objects = width + inner.width, objects or inner.objects
    return ElementType(width, objects)


def _repeated(descr: Literal, shape: Literal) -> ElementType | None:
    """Return the type of a sub-array: `descr`, as often as `shape` says."""
    inner = _element(descr)
    sides = shape if isinstance(shape, tuple) else (shape,)
    width = 0 if inner is None else inner.width
    for side in sides:
        if not isinstance(side, int) or isinstance(side, bool) or not 0 <= side < 1 << 31:
            return None
        width *= side
    return None if inner is None or width >= _LARGEST else ElementType(width, inner.objects)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "..."
