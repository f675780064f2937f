"""Callables that are harmless with some arguments only.

This module holds the calls and states of an artifact against the conditions of `entries`. Views of
tensors are held against their storages by the format, which alone sees every one.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, Final

from modelassay.core.facts import Call, StateUpdate
from modelassay.core.values import Const, Made, Mapping, Name, Sequence, Unknown, Value, walk
from modelassay.rules import catalogue
from modelassay.rules.catalogue import arguments
from modelassay.rules.entries import (
    NOTHING,
    conditions,
    constant,
    constructs,
    is_own_method,
    maker,
    named,
    result,
    spelled,
)
from modelassay.rules.words import WORDS, is_array_state, is_dtype_state, is_identifier, is_object

_MOST_ATTRIBUTES: Final = 4096


def permits_call(entry: dict[str, Any], call: Call) -> bool:
    """Whether the conditions hold for the arguments of `call`."""
    count = len(call.args)
    if call.kwargs or not entry.get("min", 0) <= count <= entry.get("max", 1 << 30):
        return False
    if "pairs" in entry:
        return _permitted_pair(entry["pairs"], call.args) or _takes_own_method(call.args)
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
    kind = constructs(function)
    if kind is not None and rest and rest[0] != kind and not _is_plain_class(rest[0]):
        return False
    if any(drives_on(value) for value in rest):
        return False
    function = named(function)
    entry = conditions(function) if isinstance(function, Name) else None
    return entry is None or not rest or _permits(entry, rest)


def _is_plain_class(value: Value) -> bool:
    """Whether a class may be made and filled with any data."""
    if not isinstance(value, Name) or conditions(value) is not None:
        return False
    return {"n", "s"} <= set(catalogue.look_up(value).forms)


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
    One of many constants may be any, which for text is no matter: no loader takes another for it.
    """
    if isinstance(value, Unknown):
        return value.why == "left out" or (condition == "text" and value.why == "one of many")
    if condition == "dtype-state":
        return is_dtype_state(value, given)
    if condition == "array-state":
        return is_array_state(value, given)
    if isinstance(condition, str):
        return WORDS[condition](value)
    return all(
        _RELATIONS[word](operand, value, given)
        for word, operand in condition.items()
        if word in _RELATIONS
    )


def _one_of(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return any(_holds(condition, value, given) for condition in operand)


def _constant(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    if isinstance(value, Sequence):
        return [constant(item) for item in value.items] in [
            w for w in operand if isinstance(w, list)
        ]
    plain = constant(value)
    if isinstance(plain, bytes):
        plain = plain.decode("latin-1")
    return plain is not NOTHING and plain in [w for w in operand if not isinstance(w, list)]


def _at_most(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    plain = constant(value)
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
        return isinstance(constant(value), int)
    sides = [constant(item) for item in value.items]
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
    keys = [constant(key) for key, _ in value.items]
    plain = all(isinstance(key, str) and not key.startswith("__") for key in keys)
    return plain and all(_holds(operand, inner, given) for _, inner in value.items)


def _named(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    if not isinstance(value, Mapping) or value.more:
        return False
    return all(is_identifier(key) and _holds(operand, v, given) for key, v in value.items)


def _attributes(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    """Whether a state sets these attributes to what they may be.

    The format tells them before all others, but of a huge dict not all.
    """
    if not isinstance(value, Mapping) or len(value.items) + value.more > _MOST_ATTRIBUTES:
        return False
    pairs = [(constant(key), inner) for key, inner in value.items]
    return all(_holds(operand[key], inner, given) for key, inner in pairs if key in operand)


def _keys(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return isinstance(value, Mapping) and all(constant(key) in operand for key, _ in value.items)


def _global(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return isinstance(value, Name) and spelled(value) in operand


def _listed_global(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    return _global(arguments().lists[operand], value, given)


def _listed(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    plain = constant(value)
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
    return result(value) in operand or is_object(value)


def _nested(operand: Any, value: Value, given: tuple[Value, ...]) -> bool:
    """Bytes of the stream's own are scanned as an artifact; computed ones are not.

    The bytes of a file object meet this condition too, where it is made and where its state is set.
    """
    return isinstance(constant(value), bytes) or result(value) == "_io.BytesIO"


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
    name, attribute = _kind(args[0]), constant(args[1])
    if not isinstance(name, Name) or not isinstance(attribute, str):
        return False
    if attribute == "__new__":
        plain = name is args[0] and conditions(name) is None
        return plain and "n" in catalogue.look_up(name).forms
    wanted = pairs.get(spelled(name), ())
    if isinstance(wanted, dict):
        wanted = arguments().lists[wanted["list"]]
    method = Name(name.module, f"{name.qualname}.{attribute}")
    listed = bool({"c", "v"} & set(catalogue.look_up(method).forms))
    return listed or attribute in wanted or conditions(method) is not None


def _takes_own_method(args: tuple[Value, ...]) -> bool:
    """Whether a method is taken of a class that needs code outside of the catalogue."""
    match args:
        case (Name() as owner, Const(str(word))):
            return is_own_method(Name(owner.module, f"{owner.qualname}.{word}"))
    return False


def may_be_taken(name: Name) -> bool:
    """Whether a dotted name is an attribute that `getattr` may take: protocol 4 writes it so."""
    owner, _, word = name.qualname.rpartition(".")
    entry = conditions(Name("builtins", "getattr"))
    given = (Name(name.module, owner), Const(word))
    return bool(owner) and entry is not None and _permitted_pair(entry["pairs"], given)


def _kind(value: Value) -> Value:
    """Return the class of a value, a name as it is. No model keeps a method of a constant."""
    match value:
        case Sequence(type=kind):
            return Name("builtins", kind)
        case Mapping():
            return Name("builtins", "dict")
    return Name("numpy", "ndarray") if result(value) == "array" else maker(value)


_RELATIONS: Final[dict[str, Callable[[Any, Value, tuple[Value, ...]], bool]]] = {
    "args_of": _args_of,
    "attributes": _attributes,
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
    "made": lambda operand, value, given: result(value) in operand,
    "module_of": _of_module,
    "named": _named,
    "nested": _nested,
    "one_of": _one_of,
    "shape": _shape,
    "tuple": _tuple,
    "source": lambda operand, value, given: isinstance(value, Mapping | Made | Const),
}
