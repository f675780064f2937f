"""What values must be for a callable to be harmless with them: the words of `arguments.json`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from modelassay.core.values import Made, Mapping, Name, Persistent, Sequence, Value, walk
from modelassay.io.typestring import registered_width
from modelassay.rules import arrow, catalogue
from modelassay.rules.catalogue import arguments
from modelassay.rules.entries import NO_DATA, NOTHING, constant, result
from modelassay.rules.formulas import is_argument_parser, is_plain_formula

#: NPY_ITEM_REFCOUNT and NPY_LIST_PICKLE of `numpy/ndarraytypes.h`.
_OBJECT_FLAGS: Final = 0x3
_RATIO: Final = re.compile(r"[+-]?\d{1,4096}(?:/\d{1,4096})?\Z", re.ASCII)
#: How `range` and the singletons of the interpreter show themselves.
_SHOWN: Final = re.compile(r"range\(-?\d{1,30}(?:, -?\d{1,30}){1,2}\)|Ellipsis|NotImplemented")
_ANNOTATION: Final = re.compile(r"[\w., \[\]]{1,200}")
_NUMBERS: Final = frozenset({"scalar", "builtins.int", "builtins.float", "builtins.complex"})


def _is_data(value: Value) -> bool:
    pending = [value]
    while pending:
        current = pending.pop()
        match current:
            case Sequence(items=items):
                pending.extend(items)
            case Mapping(items=pairs):
                pending.extend(side for pair in pairs for side in pair)
            case Made():
                if result(current) in NO_DATA:
                    return False
            case Name():
                if not {"n", "v"} & set(catalogue.look_up(current).forms):
                    return False
    return True


def _is_literal(value: Value) -> bool:
    return isinstance(value, Sequence | Mapping) or isinstance(constant(value), str | bytes)


def _is_bytes(value: Value) -> bool:
    return isinstance(constant(value), str | bytes) or result(value) in ("bytes", "builtins.bytes")


def _is_dtype(value: Value) -> bool:
    return isinstance(value, Made) and result(value) not in NO_DATA


def is_object(value: Value) -> bool:
    """Whether `value` is the result of a call, which is judged by itself."""
    return isinstance(value, Made | Persistent) and result(value) not in NO_DATA


def _is_inert_name(value: Value) -> bool:
    if isinstance(value, Name):
        entry = catalogue.look_up(value)
        return bool({"n", "v"} & set(entry.forms)) or not entry.covered
    return result(value) in ("code", "functools.partial", "class", "attribute")


def _is_class(value: Value) -> bool:
    return isinstance(value, Name) or result(value) in ("class", "code")


def _is_factory(value: Value) -> bool:
    if isinstance(value, Name):
        return str(value).replace(":", ".") in arguments().lists["data-factories"]
    return result(value) in ("functools.partial", "code", "class")


def _is_empty_dict(value: Value) -> bool:
    if isinstance(value, Mapping):
        return not value.items
    return constant(value) is None or isinstance(value, Made)


def _is_inert_module(value: Value) -> bool:
    text = constant(value)
    return isinstance(text, str) and catalogue.is_inert_module(text)


def _is_array_class(value: Value) -> bool:
    """Whether NumPy makes an array of this class: it takes no other, and calls none of its code.

    A class of a package that is not covered may be one. The file is asked about for its name.
    """
    if str(value).replace(":", ".") in arguments().lists["array-classes"]:
        return True
    if not isinstance(value, Name):
        return False
    entry = catalogue.look_up(value)
    return not entry.covered and entry.effect is None


def is_array_state(value: Value, given: tuple[Value, ...]) -> bool:
    """Whether elements stand in the stream: computed ones nobody looked at.

    A class of a package that is not covered takes its state by code of its own.
    """
    if given and isinstance(given[0], Name) and not catalogue.look_up(given[0]).covered:
        return _is_data(value)
    if not isinstance(value, Sequence) or len(value.items) not in (4, 5):
        return False
    elements = value.items[-1]
    return _is_data(value) and not (isinstance(elements, Made) and constant(elements) is NOTHING)


def is_dtype_state(value: Value, given: tuple[Value, ...]) -> bool:
    """Whether the flags of an element type, and the width of a registered one, are its own.

    NumPy takes them as they are: a type that holds objects but does not say so has its raw bytes
    read as pointers.
    """
    if not isinstance(value, Sequence) or not 8 <= len(value.items) <= 9:
        return False
    if given and isinstance(given[0], Name):
        width = registered_width(given[0].module, given[0].qualname)
        if width is not None and constant(value.items[5]) != width:
            return False
    flags = constant(value.items[7])
    if not isinstance(flags, int):
        return False
    types = [made for made in walk(value) if isinstance(made, Made) and _rebuilds_type(made)]
    codes = [*given[:1], *(made.args[0] for made in types)]
    holds_objects = any(_is_object_code(code) for code in codes)
    return flags & _OBJECT_FLAGS == _OBJECT_FLAGS or not holds_objects


def _rebuilds_type(made: Made) -> bool:
    return made.callable == Name("numpy", "dtype") and bool(made.args)


def _is_object_code(value: Value) -> bool:
    code = constant(value)
    text = code.decode("latin-1") if isinstance(code, bytes) else code
    return isinstance(text, str) and text.lstrip("<>=|").startswith("O")


def _is_argument_parser(value: Value) -> bool:
    text = constant(value)
    return isinstance(text, str) and is_argument_parser(text)


def _is_formula(value: Value) -> bool:
    functions = arguments().lists["formula-functions"]
    text = constant(value)
    return text is None or (isinstance(text, str) and is_plain_formula(text, functions))


def is_identifier(value: Value) -> bool:
    """Whether `value` is text that is a name of Python, perhaps a dotted one."""
    text = constant(value)
    return isinstance(text, str) and all(part.isidentifier() for part in text.split("."))


def _is_attribute_name(value: Value) -> bool:
    """Whether `value` is one public name that does not say that it has an effect."""
    text = constant(value)
    if not isinstance(text, str) or not text.isidentifier() or text.startswith("_"):
        return False
    return catalogue.verb(Name("", text)) is None


WORDS: Final[dict[str, Callable[[Value], bool]]] = {
    "absent": lambda value: False,
    "any": lambda value: True,
    "allowed-callable": _is_inert_name,
    "allowed-class": _is_class,
    "annotation": lambda value: _ANNOTATION.fullmatch(str(constant(value))) is not None,
    "argument-parser": _is_argument_parser,
    "array": is_object,
    "arrow-array": arrow.fits,
    "array-class": _is_array_class,
    "attribute-name": _is_attribute_name,
    "bool": lambda value: constant(value) in (0, 1, None),
    "bytes": _is_bytes,
    "code": lambda value: not isinstance(value, Persistent),
    "data": _is_data,
    "data-factory": _is_factory,
    "dtype": _is_dtype,
    "empty-dict": _is_empty_dict,
    "formula": _is_formula,
    "identifier": is_identifier,
    "inert-module": _is_inert_module,
    "int": lambda value: isinstance(constant(value), int) or result(value) == "scalar",
    "literal": _is_literal,
    "none": lambda value: constant(value) is None,
    "number": lambda v: isinstance(constant(v), int | float) or result(v) in _NUMBERS,
    "ratio": lambda value: _RATIO.match(str(constant(value))) is not None,
    "source": lambda value: isinstance(constant(value), str) or isinstance(value, Mapping | Made),
    "storage": is_object,
    "tensor": is_object,
    "shown": lambda value: _SHOWN.fullmatch(str(constant(value))) is not None,
    "tensor-class": _is_class,
    "text": lambda value: isinstance(constant(value), str | bytes),
}
