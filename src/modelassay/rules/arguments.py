"""Callables that are harmless with some arguments only.

The conditions are data, `data/callables/arguments.json`, whose `$vocabulary` says what each word
means; this module holds the calls of an artifact against them. Views of tensors are held against
their storages by the format, which alone sees every one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from math import prod
from typing import Any, Final

from modelassay.core.facts import Call, StateUpdate
from modelassay.core.values import (
    Const,
    Made,
    Mapping,
    Name,
    Persistent,
    Sequence,
    Unknown,
    Value,
    walk,
)
from modelassay.rules import catalogue
from modelassay.rules.catalogue import Effect, arguments

#: What rebuilds code, a module or a class is no data, though the stream made it.
_NO_DATA: Final = frozenset({"code", "module", "class", "iterator", "functools.partial"})


def conditions(name: Name) -> dict[str, Any] | None:
    """Return the conditions on a callable's arguments, `None` if it has none."""
    table = arguments()
    module = table.aliases.get(name.module, name.module)
    found = table.callables.get(f"{module}.{name.qualname}")
    if found is None:
        found = table.callables.get(f"{name.module}.{name.qualname}")
    if found is None and catalogue.look_up(name).covered:
        dotted = _dotted(name)
        families = table.families.items()
        found = next((entry for pattern, entry in families if fnmatchcase(dotted, pattern)), None)
    return found


def otherwise(entry: dict[str, Any]) -> Effect | None:
    """Return what the callable does when its conditions do not hold."""
    return catalogue.parse_effect(entry["otherwise"]) if "otherwise" in entry else None


def permits_call(entry: dict[str, Any], call: Call) -> bool:
    """Whether the conditions hold for the arguments of `call`."""
    count = len(call.args)
    if call.kwargs or not entry.get("min", 0) <= count <= entry.get("max", 1 << 30):
        return False
    if "pairs" in entry:
        return _permitted_pair(entry["pairs"], call.args)
    return _permits(entry, call.args) and ("binds" not in entry or _binds(call.args))


def _permits(entry: dict[str, Any], given: tuple[Value, ...]) -> bool:
    sets = [entry.get("args", {}), *entry.get("alternatives", ())]
    return any(_hold(args, given) for args in sets)


def permits_state(entry: dict[str, Any], update: StateUpdate) -> bool:
    """Whether the condition on the state holds; true where there is none."""
    given = update.target.args if isinstance(update.target, Made) else ()
    if "binds" in entry and isinstance(update.state, Sequence) and len(update.state.items) > 1:
        function, bound = update.state.items[:2]
        rest = bound.items if isinstance(bound, Sequence) else (bound,)
        if not _binds((function, *rest)):
            return False
    return "state" not in entry or _holds(entry["state"], update.state, given)


def _binds(given: tuple[Value, ...]) -> bool:
    """Whether a function may be called later with what is bound to it now."""
    function, rest = given[0], given[1:]
    if any(drives_on(value) for value in rest):
        return False
    entry = conditions(function) if isinstance(function, Name) else None
    return entry is None or not rest or _permits(entry, rest)


def drives_on(value: Value) -> bool:
    """Whether `value` is or holds an iterator, which may never end for who runs it."""
    return any(result(inner) == "iterator" for inner in walk(value))


def _hold(wanted: dict[str, Any], given: tuple[Value, ...]) -> bool:
    rest = wanted.get("*", "data")
    return all(
        _holds(wanted.get(str(index), rest), value, given) for index, value in enumerate(given)
    )


def _holds(condition: Any, value: Value, given: tuple[Value, ...]) -> bool:
    """Whether `value` satisfies a condition, a word or an object with one word and its operand.

    What a value leaves out for its size is data: names in it are judged where they are imported.
    """
    if isinstance(value, Unknown):
        return value.why == "left out"
    if condition == "dtype-state":
        return _is_dtype_state(value, given)
    if isinstance(condition, str):
        return _WORDS[condition](value)
    return all(
        _RELATIONS[word](operand, value, given)
        for word, operand in condition.items()
        if word in _RELATIONS
    )


def result(value: Value) -> str:
    """Return what calling the callable of `value` gives, by its conditions; empty if unknown."""
    if not isinstance(value, Made) or not isinstance(value.callable, Name):
        return ""
    entry = conditions(value.callable)
    found = str(entry.get("result", "")) if entry else ""
    if found == "=0" or (not found and value.callable.qualname.startswith("_reconstruct")):
        return str(value.args[0]) if value.args else ""
    return found


def governs(entry: dict[str, Any], index: int) -> bool:
    """Whether a condition says which names may stand at this argument."""
    if "pairs" in entry:
        return index == 0
    terms = entry.get("args", {})
    condition = terms.get(str(index), terms.get("*"))
    if not isinstance(condition, dict):
        return bool(condition == "array-class")
    return bool({"global", "global_list"} & set(condition))


def named(value: Value) -> Value:
    """Return the known dotted name that an attribute taken of a class stands for, else the value.

    Below protocol 4 there is no other way to write it.
    """
    match value:
        case Made(callable=Name("builtins", "getattr"), args=(Name() as owner, Const(str(word)))):
            dotted = Name(owner.module, f"{owner.qualname}.{word}")
            if conditions(dotted) is not None or catalogue.look_up(dotted).listed:
                return dotted
    return value


def _plain(value: Value) -> Any:
    """Return the constant a value is; below protocol 3, bytes are text that a call encodes."""
    match value:
        case Const(value=plain):
            return plain
        case Made(callable=Name("_codecs", "encode"), args=(Const(value=str(text)), *_)):
            return text.encode("latin-1", "replace")
    return _NOTHING


_NOTHING: Final = object()
#: NPY_ITEM_REFCOUNT and NPY_LIST_PICKLE of `numpy/ndarraytypes.h`.
_OBJECT_FLAGS: Final = 0x3
_RATIO: Final = re.compile(r"[+-]?\d{1,4096}(?:/\d{1,4096})?\Z", re.ASCII)
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
                if result(current) in _NO_DATA:
                    return False
            case Name():
                if not {"n", "v"} & set(catalogue.look_up(current).forms):
                    return False
    return True


def _is_literal(value: Value) -> bool:
    return isinstance(value, Sequence | Mapping) or isinstance(_plain(value), str | bytes)


def _is_bytes(value: Value) -> bool:
    return isinstance(_plain(value), str | bytes) or result(value) in ("bytes", "builtins.bytes")


def _is_dtype(value: Value) -> bool:
    return isinstance(value, Made) and result(value) not in _NO_DATA


def _is_object(value: Value) -> bool:
    """Whether `value` is the result of a call, which is judged by itself."""
    return isinstance(value, Made | Persistent) and result(value) not in _NO_DATA


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
    return _plain(value) is None or isinstance(value, Made)


def _is_inert_module(value: Value) -> bool:
    text = _plain(value)
    return isinstance(text, str) and catalogue.is_inert_module(text)


def _is_array_state(value: Value) -> bool:
    return isinstance(value, Sequence) and len(value.items) in (4, 5) and _is_data(value)


def _is_dtype_state(value: Value, given: tuple[Value, ...]) -> bool:
    """Whether the flags of an element type are those of its kind.

    NumPy takes them as they are: a type that holds objects but does not say so has its raw bytes
    read as pointers.
    """
    if not isinstance(value, Sequence) or not 8 <= len(value.items) <= 9:
        return False
    flags = _plain(value.items[7])
    if not isinstance(flags, int):
        return False
    types = [made for made in walk(value) if isinstance(made, Made) and _rebuilds_type(made)]
    codes = [*given[:1], *(made.args[0] for made in types)]
    holds_objects = any(_is_object_code(code) for code in codes)
    return flags & _OBJECT_FLAGS == _OBJECT_FLAGS or not holds_objects


def _rebuilds_type(made: Made) -> bool:
    return made.callable == Name("numpy", "dtype") and bool(made.args)


def _is_object_code(value: Value) -> bool:
    code = _plain(value)
    text = code.decode("latin-1") if isinstance(code, bytes) else code
    return isinstance(text, str) and text.lstrip("<>=|").startswith("O")


_WORDS: Final[dict[str, Callable[[Value], bool]]] = {
    "absent": lambda value: False,
    "any": lambda value: True,
    "allowed-callable": _is_inert_name,
    "allowed-class": _is_class,
    "array": _is_object,
    "array-class": lambda v: str(v).replace(":", ".") in arguments().lists["array-classes"],
    "array-state": _is_array_state,
    "bool": lambda value: _plain(value) in (0, 1, None),
    "bytes": _is_bytes,
    "code": lambda value: not isinstance(value, Persistent),
    "data": _is_data,
    "data-factory": _is_factory,
    "dtype": _is_dtype,
    "empty-dict": _is_empty_dict,
    "inert-module": _is_inert_module,
    "int": lambda value: isinstance(_plain(value), int) or result(value) == "scalar",
    "literal": _is_literal,
    "none": lambda value: _plain(value) is None,
    "number": lambda v: isinstance(_plain(v), int | float) or result(v) in _NUMBERS,
    "ratio": lambda value: _RATIO.match(str(_plain(value))) is not None,
    "source": lambda value: isinstance(_plain(value), str) or isinstance(value, Mapping | Made),
    "storage": _is_object,
    "tensor": _is_object,
    "tensor-class": _is_class,
    "text": lambda value: isinstance(_plain(value), str | bytes),
}


def _one_of(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return any(_holds(condition, value, given) for condition in operand)


def _constant(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    if isinstance(value, Sequence):
        return [_plain(item) for item in value.items] in [w for w in operand if isinstance(w, list)]
    plain = _plain(value)
    if isinstance(plain, bytes):
        plain = plain.decode("latin-1")
    return plain is not _NOTHING and plain in [w for w in operand if not isinstance(w, list)]


def _at_most(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    plain = _plain(value)
    return isinstance(plain, int) and 0 <= plain <= operand


def _no_longer(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    if isinstance(value, Const) and isinstance(value.value, str | bytes):
        return bool((value.size if value.size is not None else len(value.value)) <= operand)
    if isinstance(value, Sequence | Mapping):
        return bool(len(value.items) + value.more <= operand)
    return result(value) == "bytes"


def _shape(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    if isinstance(value, Made):
        return result(value) == "torch.Size"
    if not isinstance(value, Sequence):
        return isinstance(_plain(value), int)
    sides = [_plain(item) for item in value.items]
    numbers = [side for side in sides if isinstance(side, int)]
    if any(number < 0 for number in numbers):
        return False
    return not operand or prod(numbers) <= operand


def _items(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return isinstance(value, Sequence) and all(_holds(operand, v, given) for v in value.items)


def _tuple(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return (
        isinstance(value, Sequence)
        and len(value.items) == len(operand)
        and all(_holds(c, v, given) for c, v in zip(operand, value.items, strict=True))
    )


def _keyed(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    if not isinstance(value, Mapping):
        return False
    keys = [_plain(key) for key, _ in value.items]
    plain = all(isinstance(key, str) and not key.startswith("__") for key in keys)
    return plain and all(_holds(operand, inner, given) for _, inner in value.items)


def _keys(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return isinstance(value, Mapping) and all(_plain(key) in operand for key, _ in value.items)


def _global(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return isinstance(value, Name) and _dotted(value) in operand


def _listed_global(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return _global(arguments().lists[operand], value, given)


def _listed(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    plain = _plain(value)
    if isinstance(plain, bytes):
        plain = plain.decode("latin-1")
    return plain in arguments().lists[operand]


def _of_module(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return isinstance(value, Name) and value.module in operand


def _instance(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    if isinstance(value, Name):
        return value.module in {wanted.partition(".")[0] for wanted in operand}
    if not isinstance(value, Made):
        return False
    return result(value) in operand or _is_object(value)


def _nested(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    """Bytes of the stream's own are scanned as an artifact; computed ones are not."""
    return isinstance(_plain(value), bytes)


def _args_of(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    function = given[operand] if operand < len(given) else None
    if not isinstance(function, Name) or not isinstance(value, Sequence):
        return False
    entry = conditions(function)
    return entry is not None and permits_call(entry, Call(callable=function, args=value.items))


def _permitted_pair(pairs: dict[str, Any], args: tuple[Value, ...]) -> bool:
    """Whether `getattr` takes an attribute honest files take, or the catalogue allows it."""
    if len(args) != 2:
        return False
    name, attribute = _maker(args[0]), _plain(args[1])
    if not isinstance(name, Name) or not isinstance(attribute, str):
        return False
    wanted = pairs.get(_dotted(name), ())
    if isinstance(wanted, dict):
        wanted = arguments().lists[wanted["list"]]
    method = Name(name.module, f"{name.qualname}.{attribute}")
    return attribute in wanted or bool({"c", "v"} & set(catalogue.look_up(method).forms))


def _maker(value: Value) -> Value:
    """Return the class an object is made of, below protocol 2 too, or the value itself."""
    if isinstance(value, Made) and value.callable == Name("copyreg", "_reconstructor"):
        return value.args[0]
    return value.callable if isinstance(value, Made) else value


def _dotted(name: Name) -> str:
    return f"{name.module}.{name.qualname}"


_RELATIONS: Final[dict[str, Callable[[Any, Value, tuple[Value, ...]], bool]]] = {
    "args_of": _args_of,
    "global": _global,
    "global_list": _listed_global,
    "in": _constant,
    "instance": _instance,
    "int_max": _at_most,
    "items": _items,
    "keyed": _keyed,
    "keys": _keys,
    "length_max": _no_longer,
    "list": _listed,
    "module_of": _of_module,
    "nested": _nested,
    "one_of": _one_of,
    "shape": _shape,
    "tuple": _tuple,
    "source": lambda operand, value, given: isinstance(value, Mapping | Made | Const),
}
