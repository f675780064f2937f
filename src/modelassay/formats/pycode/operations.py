"""What single instructions do to the abstract machine: constants, variables, attributes, building.

An operation gets the machine, the instruction and its resolved operand (see decoding.operand).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modelassay.formats.pycode import naming
from modelassay.formats.pycode.code import CodeObject
from modelassay.formats.pycode.folding import constant
from modelassay.formats.pycode.terms import (
    NULL,
    UNKNOWN,
    Function,
    Items,
    Known,
    Path,
    Term,
    Value,
    items,
    known,
    merge,
    texts,
)

if TYPE_CHECKING:
    from modelassay.formats.pycode.decoding import Instruction
    from modelassay.formats.pycode.machine import Machine

    Operation = Callable[[Machine, Instruction, object], None]

_MAX_ITEMS = 4096
_ROOTS: tuple[tuple[type, str], ...] = ((str, "''"), (bytes, "b''"), (tuple, "()"), (int, "0"))
_OLD_CONSTANTS = {"None": None, "True": True, "False": False}  # names in 2.7
# BINARY_OP arguments (Include/opcode.h, NB_*); in place ones are 13 higher.
_SIGNS = {0: "+", 1: "&", 5: "*", 6: "%", 7: "|", 10: "-", 12: "^"}
_IN_PLACE = 13
_NB_SUBSCR = 26
_NAMED_SIGNS = {"ADD": "+", "AND": "&", "MULTIPLY": "*", "MODULO": "%", "OR": "|"} | {
    "SUBTRACT": "-",
    "XOR": "^",
}


# Attributes and items


def _root(term: Term) -> str:
    """How the term reads as the start of a dotted name; "?" when it has no name."""
    if isinstance(term, Path):
        return term.name
    if isinstance(term, Items):
        return {"tuple": "()", "list": "[]"}.get(term.kind, "{}")
    if isinstance(term, Known):
        return next((text for kind, text in _ROOTS if isinstance(term.value, kind)), "?")
    return "?"


def attribute(machine: Machine, value: Value, name: str) -> Value:
    """The value of an attribute, noted as a longer name in the place of a shorter one."""
    found: Value = ()
    for term in value or (Path("?"),):
        owner = term if isinstance(term, Known | Items) else None
        full = naming.attribute(_root(term), name)
        if isinstance(term, Path) and term.record is not None and not term.record.called:
            term.record.live = term.record.imported
        noted = owner is None or name.startswith("__")
        found = merge(found, (Path(full, machine.record(full) if noted else None, owner),))
    return found


def item(machine: Machine, container: Value, key: Value) -> Value:
    """The value of an item: a folded constant, a name out of a namespace, or a name with [...]."""
    folded = machine.shared.folder.item(container, key)
    if folded:
        return folded
    found: Value = ()
    index = constant(key)
    for term in container:
        if isinstance(term, Path):
            full = naming.item(term.name, index if index is not UNKNOWN else ...)
            named = "[" not in full
            if named and term.record is not None:
                term.record.live = term.record.called
            found = merge(found, (Path(full, machine.record(full) if named else None),))
    return found


# Loads and stores


def lookup(machine: Machine, name: str) -> Value:
    """A global or built-in name; what is known to be stored under it comes first."""
    if name in _OLD_CONSTANTS:
        return (Known(_OLD_CONSTANTS[name]),)
    stored = machine.shared.globals.load(name)
    if stored and not any(isinstance(term, Path) for term in stored):
        return stored
    found: Value = ()
    for term in stored or (Path(name),):
        if isinstance(term, Path):
            term = Path(term.name, machine.record(term.name), term.owner)
        found = merge(found, (term,))
    return found


def _as_text(value: object) -> object:
    """A constant of 2.7, where names and most text are byte strings."""
    if isinstance(value, tuple):
        return tuple(one.decode("latin-1") if isinstance(one, bytes) else one for one in value)
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _load_const(machine: Machine, _: Instruction, value: object) -> None:
    if machine.version < (3, 0):
        value = _as_text(value)
    machine.push((Function(value),) if isinstance(value, CodeObject) else (Known(value),))


def _load_global(machine: Machine, instruction: Instruction, name: object) -> None:
    value = lookup(machine, str(name))
    with_null = machine.version >= (3, 11) and bool((instruction.argument or 0) & 1)
    if not with_null:
        machine.push(value)
    elif machine.version >= (3, 13):
        machine.push(value, NULL)
    else:
        machine.push(NULL, value)


def _load_name(machine: Machine, _: Instruction, name: object) -> None:
    machine.push(machine.locals.load(str(name)) or lookup(machine, str(name)))


def _load_from_dict(machine: Machine, _: Instruction, name: object) -> None:
    machine.pop()
    machine.push(machine.locals.load(str(name)) or lookup(machine, str(name)))


def _load_fast(machine: Machine, _: Instruction, name: object) -> None:
    for one in name if isinstance(name, tuple) else (name,):
        machine.push(machine.locals.load(str(one)))


def _store_name(machine: Machine, _: Instruction, name: object) -> None:
    scope = machine.shared.globals if machine.is_root else machine.locals
    scope.store(str(name), machine.pop(), machine.block)


def _store_global(machine: Machine, _: Instruction, name: object) -> None:
    machine.shared.globals.store(str(name), machine.pop(), machine.block)


def _store_fast(machine: Machine, _: Instruction, name: object) -> None:
    for one in name if isinstance(name, tuple) else (name,):
        machine.locals.store(str(one), machine.pop(), machine.block)


def _store_load_fast(machine: Machine, _: Instruction, name: object) -> None:
    stored, loaded = name if isinstance(name, tuple) else (name, name)
    machine.locals.store(str(stored), machine.pop(), machine.block)
    machine.push(machine.locals.load(str(loaded)))


def _load_attr(machine: Machine, instruction: Instruction, name: object) -> None:
    value = attribute(machine, machine.pop(), str(name))
    as_method = machine.version >= (3, 12) and bool((instruction.argument or 0) & 1)
    if instruction.name != "LOAD_METHOD" and not as_method:
        machine.push(value)
    elif machine.version >= (3, 13):
        machine.push(value, NULL)
    else:
        machine.push(NULL, value)


def _load_super_attr(machine: Machine, instruction: Instruction, name: object) -> None:
    machine.pops(3)
    value = attribute(machine, (Path("super()"),), str(name))
    if not (instruction.argument or 0) & 1:
        machine.push(value)
    elif machine.version >= (3, 13):
        machine.push(value, NULL)
    else:
        machine.push(NULL, value)


def _store_attr(machine: Machine, _: Instruction, name: object) -> None:
    attribute(machine, machine.pop(), str(name))
    machine.pop()


# Imports


def _import_name(machine: Machine, _: Instruction, name: object) -> None:
    level, from_list = machine.pops(2)
    depth = known(level)
    dots = "." * min(depth, 8) if isinstance(depth, int) and depth > 0 else ""
    module = f"{dots}{name}"
    machine.record(module, imported=True)
    wanted = known(from_list)
    machine.push((Path(module if wanted else module.partition(".")[0] or module),))


def _import_from(machine: Machine, _: Instruction, name: object) -> None:
    found: Value = ()
    for term in machine.peek():
        if isinstance(term, Path):
            full = naming.attribute(term.name, str(name))
            machine.record(full, imported=True)
            found = merge(found, (Path(full),))
    machine.push(found)


def import_star(machine: Machine) -> None:
    for term in machine.pop():
        if isinstance(term, Path):
            machine.record(f"{term.name}.*", imported=True)


# Building and computing


def _build(machine: Machine, instruction: Instruction, _: object) -> None:
    kind = instruction.name.removeprefix("BUILD_").lower()
    count = min(instruction.argument or 0, _MAX_ITEMS)
    machine.push((Items(kind, tuple(machine.pops(count))),))


def _build_map(machine: Machine, instruction: Instruction, _: object) -> None:
    twice = 1 if machine.version < (3, 5) else 2
    count = min(instruction.argument or 0, _MAX_ITEMS)
    parts = machine.pops(count * twice) if twice == 2 else []
    machine.push((Items("dict", tuple(parts)),))


def _build_const_key_map(machine: Machine, instruction: Instruction, _: object) -> None:
    keys = items(machine.pop()) or ()
    values = machine.pops(min(instruction.argument or 0, _MAX_ITEMS))
    pairs = [part for pair in zip(keys, values, strict=False) for part in pair]
    machine.push((Items("dict", tuple(pairs)),))


def _build_string(machine: Machine, instruction: Instruction, _: object) -> None:
    parts = machine.pops(min(instruction.argument or 0, _MAX_ITEMS))
    separator = Known("")
    machine.push(machine.shared.folder.method(separator, "join", [(Items("tuple", tuple(parts)),)]))


def _extend(machine: Machine, instruction: Instruction, _: object) -> None:
    """LIST_EXTEND, LIST_APPEND, SET_UPDATE, DICT_UPDATE, DICT_MERGE: grow a container below."""
    added = machine.pop()
    single = instruction.name == "LIST_APPEND"
    more = (added,) if single else items(added) or _pairs(added)
    for term in machine.peek(instruction.argument or 1):
        if isinstance(term, Items) and len(term.items) + len(more) <= _MAX_ITEMS:
            grown: Term = Items(term.kind, term.items + more)
            machine.replace(instruction.argument or 1, (grown,))
            return


def _store_map(machine: Machine, _: Instruction, __: object) -> None:
    value, key = machine.pops(2)
    pairs = _pairs(machine.peek())
    if len(pairs) < _MAX_ITEMS:
        machine.replace(1, (Items("dict", (*pairs, key, value)),))


def _build_unpack(machine: Machine, instruction: Instruction, _: object) -> None:
    """BUILD_TUPLE_UNPACK and the like, to 3.8: one container of the items of several."""
    kind = instruction.name.split("_")[1].lower()
    parts = machine.pops(min((instruction.argument or 0) & 0xFF, _MAX_ITEMS))
    joined = tuple(one for part in parts for one in items(part) or _pairs(part))
    machine.push((Items(kind, joined),) if len(joined) <= _MAX_ITEMS else ())


def _pairs(value: Value) -> tuple[Value, ...]:
    return next((t.items for t in value if isinstance(t, Items)), ())


def _unpack(machine: Machine, instruction: Instruction, _: object) -> None:
    count = min(instruction.argument or 0, _MAX_ITEMS)
    parts = items(machine.pop()) or ()
    exact = parts if len(parts) == count else ((),) * count
    machine.push(*reversed(exact))


def _binary(machine: Machine, one: Value, other: Value, sign: str) -> None:
    machine.push(machine.shared.folder.binary(sign, one, other) if sign else ())


def _binary_op(machine: Machine, instruction: Instruction, _: object) -> None:
    one, other = machine.pops(2)
    number = instruction.argument or 0
    if number == _NB_SUBSCR:
        machine.push(item(machine, one, other))
        return
    plain = number - _IN_PLACE if number >= _IN_PLACE else number
    _binary(machine, one, other, _SIGNS.get(plain, ""))


def _binary_named(machine: Machine, instruction: Instruction, _: object) -> None:
    one, other = machine.pops(2)
    _binary(machine, one, other, _NAMED_SIGNS.get(instruction.name.partition("_")[2], ""))


def _subscript(machine: Machine, _: Instruction, __: object) -> None:
    container, key = machine.pops(2)
    machine.push(item(machine, container, key))


def _binary_slice(machine: Machine, _: Instruction, __: object) -> None:
    container, start, stop = machine.pops(3)
    key: Value = (Items("slice", (start, stop)),)
    machine.push(machine.shared.folder.item(container, key))


def _format(machine: Machine, instruction: Instruction, _: object) -> None:
    has_spec = instruction.name == "FORMAT_WITH_SPEC" or (
        instruction.name == "FORMAT_VALUE" and (instruction.argument or 0) & 4
    )
    if has_spec:
        machine.pop()
    value = machine.pop()
    machine.push(tuple(Known(text) for text in texts(value)))


def _nothing(machine: Machine, _: Instruction, __: object) -> None:
    """No change of what is known."""


def _pop_top(machine: Machine, _: Instruction, __: object) -> None:
    machine.pop()


def _duplicate(machine: Machine, instruction: Instruction, _: object) -> None:
    count = {"DUP_TOP": 1, "DUP_TOP_TWO": 2}.get(instruction.name, instruction.argument or 0)
    top = machine.pops(min(count, _MAX_ITEMS))
    machine.push(*top, *top)


def _copy(machine: Machine, instruction: Instruction, _: object) -> None:
    machine.push(machine.peek(instruction.argument or 0))


def _swap(machine: Machine, instruction: Instruction, _: object) -> None:
    machine.swap(instruction.argument or 0)


def _rotate(machine: Machine, instruction: Instruction, _: object) -> None:
    named = {"ROT_TWO": 2, "ROT_THREE": 3, "ROT_FOUR": 4}
    count = named.get(instruction.name, instruction.argument or 0)
    rest = machine.pops(min(count, _MAX_ITEMS))
    machine.push(*rest[-1:], *rest[:-1])


def _enter_with(machine: Machine, _: Instruction, __: object) -> None:
    manager = machine.pop()
    machine.push((), manager)


OPERATIONS: dict[str, Operation] = {
    **dict.fromkeys(
        (
            *("NOP", "RESUME", "EXTENDED_ARG", "CACHE", "PRECALL", "MAKE_CELL", "TO_BOOL"),
            *(
                "COPY_FREE_VARS",
                "NOT_TAKEN",
                "GET_ITER",
                "GET_YIELD_FROM_ITER",
                "SETUP_ANNOTATIONS",
            ),
            *("DELETE_FAST", "DELETE_NAME", "DELETE_GLOBAL", "DELETE_DEREF", "CONVERT_VALUE"),
            *("LIST_TO_TUPLE", "JUMP_FORWARD", "JUMP_ABSOLUTE", "JUMP_BACKWARD"),
        ),
        _nothing,
    ),
    **dict.fromkeys(("POP_TOP", "PRINT_ITEM", "PRINT_EXPR", "POP_ITER", "RETURN_VALUE"), _pop_top),
    **dict.fromkeys(("DUP_TOP", "DUP_TOP_TWO", "DUP_TOPX"), _duplicate),
    **dict.fromkeys(("ROT_TWO", "ROT_THREE", "ROT_FOUR", "ROT_N"), _rotate),
    "COPY": _copy,
    "SWAP": _swap,
    "PUSH_NULL": lambda machine, _, __: machine.push(NULL),
    "LOAD_CONST": _load_const,
    "LOAD_SMALL_INT": _load_const,
    "LOAD_GLOBAL": _load_global,
    "LOAD_NAME": _load_name,
    **dict.fromkeys(("LOAD_FROM_DICT_OR_GLOBALS", "LOAD_FROM_DICT_OR_DEREF"), _load_from_dict),
    **dict.fromkeys(
        (
            *("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW", "LOAD_FAST_AND_CLEAR"),
            *("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW", "LOAD_CLOSURE"),
            *("LOAD_DEREF", "LOAD_CLASSDEREF"),
        ),
        _load_fast,
    ),
    "STORE_NAME": _store_name,
    "STORE_GLOBAL": _store_global,
    **dict.fromkeys(
        ("STORE_FAST", "STORE_DEREF", "STORE_FAST_MAYBE_NULL", "STORE_FAST_STORE_FAST"),
        _store_fast,
    ),
    "STORE_FAST_LOAD_FAST": _store_load_fast,
    "LOAD_ATTR": _load_attr,
    "LOAD_METHOD": _load_attr,
    "LOAD_SUPER_ATTR": _load_super_attr,
    "STORE_ATTR": _store_attr,
    "IMPORT_NAME": _import_name,
    "IMPORT_FROM": _import_from,
    "IMPORT_STAR": lambda machine, _, __: import_star(machine),
    **dict.fromkeys(("BUILD_TUPLE", "BUILD_LIST", "BUILD_SET", "BUILD_SLICE"), _build),
    "BUILD_MAP": _build_map,
    "BUILD_CONST_KEY_MAP": _build_const_key_map,
    "BUILD_STRING": _build_string,
    "STORE_MAP": _store_map,
    **dict.fromkeys(
        (
            *("BUILD_TUPLE_UNPACK", "BUILD_TUPLE_UNPACK_WITH_CALL", "BUILD_LIST_UNPACK"),
            *("BUILD_MAP_UNPACK", "BUILD_MAP_UNPACK_WITH_CALL", "BUILD_SET_UNPACK"),
        ),
        _build_unpack,
    ),
    **dict.fromkeys(
        ("LIST_EXTEND", "LIST_APPEND", "SET_UPDATE", "DICT_UPDATE", "DICT_MERGE"), _extend
    ),
    "UNPACK_SEQUENCE": _unpack,
    "BINARY_OP": _binary_op,
    **dict.fromkeys(
        (f"{how}_{sign}" for how in ("BINARY", "INPLACE") for sign in _NAMED_SIGNS), _binary_named
    ),
    "BINARY_SUBSCR": _subscript,
    "BINARY_SLICE": _binary_slice,
    **dict.fromkeys(("FORMAT_VALUE", "FORMAT_SIMPLE", "FORMAT_WITH_SPEC"), _format),
    **dict.fromkeys(("BEFORE_WITH", "BEFORE_ASYNC_WITH"), _enter_with),
}
