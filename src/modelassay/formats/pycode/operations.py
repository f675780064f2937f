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
    Function,
    Items,
    Known,
    Path,
    Term,
    Value,
    known,
    merge,
)

if TYPE_CHECKING:
    from modelassay.formats.pycode.decoding import Instruction
    from modelassay.formats.pycode.machine import Machine

    Operation = Callable[[Machine, Instruction, object], None]

_ROOTS: tuple[tuple[type, str], ...] = ((str, "''"), (bytes, "b''"), (tuple, "()"), (int, "0"))
_OLD_CONSTANTS = {"None": None, "True": True, "False": False}  # names in 2.7


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
            full = naming.item(term.name, index)
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
    """Note a star import of the module on the stack."""
    for term in machine.pop():
        if isinstance(term, Path):
            machine.record(f"{term.name}.*", imported=True)


OPERATIONS: dict[str, Operation] = {
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
}
