"""What stands in `data/callables/arguments.json` about a callable, and about what calling it makes.

The conditions are data, whose `$vocabulary` says what each word means. `words` holds values against
the words, `arguments` calls and states against whole entries.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from modelassay.core.values import Const, Made, Name, Value
from modelassay.rules import catalogue
from modelassay.rules.catalogue import Effect, arguments

#: Calls that make an instance of the class they are given, without its `__init__`.
RECONSTRUCTORS: Final = frozenset(
    {
        Name("copyreg", "_reconstructor"),
        Name("copyreg", "__newobj__"),
        Name("copyreg", "__newobj_ex__"),
    }
)
#: What rebuilds code, a module or a class is no data, though the stream made it.
NO_DATA: Final = frozenset({"code", "module", "class", "iterator", "functools.partial"})
#: What `plain` returns for anything but a constant; it equals nothing else.
NOTHING: Final = object()


@lru_cache(maxsize=1 << 14)
def conditions(name: Name) -> dict[str, Any] | None:
    """Return the conditions on a callable's arguments, `None` if it has none."""
    table = arguments()
    module = table.aliases.get(name.module, name.module)
    found = table.callables.get(f"{module}.{name.qualname}")
    if found is None:
        found = table.callables.get(f"{name.module}.{name.qualname}")
    if found is None and catalogue.look_up(name).covered:
        text = spelled(name)
        families = table.families.items()
        found = next((entry for pattern, entry in families if fnmatchcase(text, pattern)), None)
    return found


def otherwise(entry: dict[str, Any]) -> Effect | None:
    """Return what the callable does when its conditions do not hold."""
    return catalogue.parse_effect(entry["otherwise"]) if "otherwise" in entry else None


def result(value: Value) -> str:
    """Return what calling the callable of `value` gives, by its conditions; empty if unknown."""
    if not isinstance(value, Made) or not isinstance(value.callable, Name):
        return ""
    entry = conditions(value.callable)
    found = str(entry.get("result", "")) if entry else ""
    if found == "=0" or (not found and value.callable.qualname.startswith("_reconstruct")):
        return str(value.args[0]) if value.args else ""
    return found


def governs(entry: dict[str, Any], index: int, value: Value) -> bool:
    """Whether a condition says which names may stand at this argument, where `value` does."""
    if "pairs" in entry:
        return index == 0 and (not isinstance(value, Name) or catalogue.look_up(value).covered)
    terms = entry.get("args", {})
    condition = terms.get(str(index), terms.get("*"))
    if condition == "array-class" and isinstance(value, Name):
        return catalogue.look_up(value).covered
    return _names_names(condition)


def governed_attributes(entry: dict[str, Any]) -> frozenset[str]:
    """Return the attributes of a state where a condition says which names may stand."""
    state = entry.get("state")
    attributes = state.get("attributes", {}) if isinstance(state, dict) else {}
    return frozenset(key for key, condition in attributes.items() if _names_names(condition))


def _names_names(condition: Any) -> bool:
    if not isinstance(condition, dict):
        return bool(condition == "array-class")
    return bool({"global", "global_list"} & set(condition))


def named(value: Value) -> Value:
    """Return the known name that an expression over names stands for, else the value.

    Below protocol 4 a dotted name is written as an attribute taken of a class, and picklers of
    code take types of the interpreter by a word.
    """
    match value:
        case Made(callable=Name("builtins", "getattr"), args=(Name() as owner, Const(str(word)))):
            dotted = Name(owner.module, f"{owner.qualname}.{word}")
            known = conditions(dotted) is not None or catalogue.look_up(dotted).listed
            if known or is_own_method(dotted):
                return dotted
        case Made(callable=Name() as taker, args=(Const(str(word)),)):
            names = (conditions(taker) or {}).get("names", {})
            if word in names:
                return Name(*names[word])
    return value


def is_own_method(name: Name) -> bool:
    """Whether a dotted name is a method of a class, by its spelling, outside of the catalogue.

    To take it of its class needs no other code than the class does, of which the file is told.
    """
    owner, _, word = name.qualname.rpartition(".")
    if not owner.isidentifier() or not owner.lstrip("_")[:1].isupper() or word.startswith("__"):
        return False
    return not catalogue.look_up(name).covered and catalogue.verb(name) is None


def instantiated(value: Value) -> Name | None:
    """Return the class that calling `value` without arguments instantiates, if it can be told.

    Below protocol 4, what takes keywords is made by a partial over the `__new__` of its class.
    """
    match value:
        case Made(callable=Name("functools", "partial"), args=(function, *_)):
            return constructs(function)
    return None


def constructs(value: Value) -> Name | None:
    """Return the class whose `__new__` is taken."""
    match value:
        case Made(callable=Name("builtins", "getattr"), args=(Name() as kind, Const("__new__"))):
            return kind
    return None


def constant(value: Value) -> Any:
    """Return the constant a value is; below protocol 3, calls make bytes, mostly of text."""
    match value:
        case Const(value=plain):
            return plain
        case Made(callable=Name("_codecs", "encode"), args=(Const(value=str(text)), *_)):
            return text.encode("latin-1", "replace")
        case Made(callable=Name("builtins", "bytes"), args=()):
            return b""
    return NOTHING


def maker(value: Value) -> Value:
    """Return the class or factory that makes an object, or the value itself if nothing does."""
    if not isinstance(value, Made):
        return value
    kind = instantiated(value.callable)
    if kind is not None:
        return kind
    return value.args[0] if value.callable in RECONSTRUCTORS and value.args else value.callable


def spelled(name: Name) -> str:
    """Return module and qualified name with a dot between them."""
    return f"{name.module}.{name.qualname}"
