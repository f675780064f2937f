"""What single instructions do to the abstract machine: the stack, containers, computing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelassay.formats.pycode.operations import item
from modelassay.formats.pycode.terms import NULL, Items, Known, Term, Value, texts

if TYPE_CHECKING:
    from modelassay.formats.pycode.decoding import Instruction
    from modelassay.formats.pycode.machine import Machine
    from modelassay.formats.pycode.operations import Operation

_MAX_ITEMS = 4096
# BINARY_OP arguments (Include/opcode.h, NB_*); in place ones are 13 higher.
_SIGNS = {0: "+", 1: "&", 5: "*", 6: "%", 7: "|", 10: "-", 12: "^"}
_IN_PLACE = 13
_NB_SUBSCR = 26
_NAMED_SIGNS = {"ADD": "+", "AND": "&", "MULTIPLY": "*", "MODULO": "%", "OR": "|"} | {
    "SUBTRACT": "-",
    "XOR": "^",
}


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
    keys = machine.items(machine.pop()) or ()
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
    more = (added,) if single else machine.items(added) or _pairs(added)
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
    joined = tuple(one for part in parts for one in machine.items(part) or _pairs(part))
    machine.push((Items(kind, joined),) if len(joined) <= _MAX_ITEMS else ())


def _pairs(value: Value) -> tuple[Value, ...]:
    return next((t.items for t in value if isinstance(t, Items)), ())


def _unpack(machine: Machine, instruction: Instruction, _: object) -> None:
    count = min(instruction.argument or 0, _MAX_ITEMS)
    parts = machine.items(machine.pop()) or ()
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
