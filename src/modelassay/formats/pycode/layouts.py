"""In which order each CPython version writes the fields of a code object.

Sources: CPython Python/marshal.c (`r_object`, TYPE_CODE) at 2.7, 3.7, 3.8 and 3.11, for the
marshalled form; Objects/codeobject.c and Objects/clinic/codeobject.c.h for the arguments of the
constructor; dill/_dill.py (`_create_code`) for those of PyPy 3.11 and of the 3.11 alphas.
"""

from dataclasses import dataclass

from modelassay.formats.pycode.values import Version


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout of TYPE_CODE: its versions and its fields; those in `NUMBERS` are bare int32."""

    versions: tuple[Version, ...]
    fields: tuple[str, ...]


def _fields(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COUNTS_38 = "argcount posonlyargcount kwonlyargcount"
_COUNTS_30 = "argcount kwonlyargcount"
NUMBERS = frozenset(_fields(f"{_COUNTS_38} nlocals stacksize flags firstlineno"))

_MIDDLE = "nlocals stacksize flags code consts names varnames freevars cellvars"
_END = "filename name firstlineno linetable"

PYTHON_27 = Layout(((2, 7),), _fields(f"argcount {_MIDDLE} {_END}"))
PYTHON_30 = Layout(((3, 6), (3, 7)), _fields(f"{_COUNTS_30} {_MIDDLE} {_END}"))
PYTHON_38 = Layout(((3, 8), (3, 9), (3, 10)), _fields(f"{_COUNTS_38} {_MIDDLE} {_END}"))
PYTHON_311 = Layout(
    ((3, 11), (3, 12), (3, 13), (3, 14)),
    _fields(
        f"{_COUNTS_38} stacksize flags code consts names localsplusnames localspluskinds "
        "filename name qualname firstlineno linetable exceptiontable"
    ),
)
LAYOUTS = (PYTHON_311, PYTHON_38, PYTHON_30, PYTHON_27)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of constructor arguments: (field, kind) pairs, of which `required` must be there."""

    layout: Layout
    fields: tuple[tuple[str, str], ...]
    required: int


_KINDS = {
    **dict.fromkeys(NUMBERS, "int"),
    **dict.fromkeys(("filename", "name", "qualname"), "text"),
    **dict.fromkeys(("code", "linetable", "exceptiontable"), "octets"),
    **dict.fromkeys(("consts", "names", "varnames", "freevars", "cellvars"), "values"),
    **dict.fromkeys(("endlinetable", "columntable"), "any"),
}


def _order(layout: Layout, counts: str, end: str) -> Order:
    text = f"{counts} nlocals stacksize flags code consts names varnames filename name {end}"
    fields = tuple((name, _KINDS[name]) for name in _fields(text))
    return Order(layout, fields, len(fields) - 2)  # freevars and cellvars may be left out


_FREE = "freevars cellvars"
ARGUMENT_ORDERS = (
    _order(PYTHON_311, _COUNTS_38, f"qualname firstlineno linetable exceptiontable {_FREE}"),
    _order(
        PYTHON_311,
        _COUNTS_38,
        f"qualname firstlineno linetable endlinetable columntable exceptiontable {_FREE}",
    ),
    _order(PYTHON_311, _COUNTS_38, f"qualname firstlineno linetable {_FREE}"),
    _order(PYTHON_38, _COUNTS_38, f"firstlineno linetable {_FREE}"),
    _order(PYTHON_30, _COUNTS_30, f"firstlineno linetable {_FREE}"),
    _order(PYTHON_27, "argcount", f"firstlineno linetable {_FREE}"),
)
