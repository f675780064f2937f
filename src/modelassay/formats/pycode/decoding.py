"""Bytecode to instructions, for every CPython version there is a table of.

Sources: CPython Lib/dis.py and Lib/opcode.py at 2.7 to 3.14; Objects/exception_handling_notes.txt
for the exception table. Instructions are first read one after another; a jump into the middle of
one (or behind its EXTENDED_ARG, or into a cache) is then read from there as well, since that is
what would run.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from modelassay.formats.pycode.code import CodeObject
from modelassay.formats.pycode.opcodes import Table, table
from modelassay.formats.pycode.values import MISSING, Version

MAX_INSTRUCTIONS = 100_000
_ARGUMENT_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction: its byte offset, name ("" if unknown), argument, jump target and follower.

    `argument` includes what EXTENDED_ARG put before it; None when the instruction takes none.
    """

    offset: int
    number: int
    name: str
    argument: int | None
    target: int | None
    following: int


def _argument(code: bytes, at: int, known: Table) -> tuple[int | None, int]:
    """The argument byte(s) of the instruction at `at`, and the offset behind them."""
    if known.wide:
        return code[at + 1] if at + 1 < len(code) else 0, at + 2
    if code[at] < known.have_argument:
        return None, at + 1
    return int.from_bytes(code[at + 1 : at + 3], "little"), at + 3


def _target(name: str, argument: int, following: int, known: Table) -> int | None:
    kind = known.kinds.get(name)
    if kind == "jabs":
        return argument * known.unit
    if kind == "jrel":
        distance = argument * known.unit
        return following - distance if "BACKWARD" in name else following + distance
    return None


def step(code: bytes, at: int, prefix: int, known: Table) -> Instruction:
    """The instruction at offset `at`, which must be inside; `prefix` is from EXTENDED_ARG."""
    name = known.names[code[at]]
    argument, following = _argument(code, at, known)
    following += 2 * known.caches.get(name, 0)
    target = None
    if argument is not None:
        argument = (argument | prefix) & _ARGUMENT_MASK
        target = _target(name, argument, following, known)
    return Instruction(at, code[at], name, argument, target, following)


def extended(instruction: Instruction, known: Table) -> int:
    """What an instruction adds to the argument of the next one."""
    if instruction.name != "EXTENDED_ARG" or instruction.argument is None:
        return 0
    return (instruction.argument << (8 if known.wide else 16)) & _ARGUMENT_MASK


def _sweep(code: bytes, start: int, known: Table, seen: set[int]) -> Iterator[Instruction]:
    """Instructions from `start` on, up to one that was read before; `seen` is added to."""
    at, prefix = start, 0
    while 0 <= at < len(code):
        if not prefix:
            if at in seen:
                return
            seen.add(at)
        instruction = step(code, at, prefix, known)
        yield instruction
        prefix = extended(instruction, known)
        at = instruction.following


def handlers(code: CodeObject, version: Version) -> tuple[int, ...]:
    """Offsets of the exception handlers in the table of 3.11 and later."""
    if version < (3, 11):
        return ()
    numbers: list[int] = []
    value = 0
    for octet in code.exceptiontable:
        value = ((value if not octet & 0x80 else 0) << 6 | octet & 0x3F) & _ARGUMENT_MASK
        if not octet & 0x40:
            numbers.append(value)
            value = 0
    return tuple(dict.fromkeys(2 * target for target in numbers[2::4]))


def instructions(
    code: CodeObject, version: Version, limit: int = MAX_INSTRUCTIONS
) -> list[Instruction]:
    """All instructions, in order, then those only jumps reach; at most `limit`."""
    known = table(version)
    seen: set[int] = set()
    found: list[Instruction] = []
    entries = [0]
    pending = set(handlers(code, version))
    while entries:
        for start in entries:
            for instruction in _sweep(code.code, start, known, seen):
                if len(found) >= limit:
                    return found
                found.append(instruction)
                if instruction.target is not None:
                    pending.add(instruction.target)
        entries = sorted(pending - seen)
        pending.clear()
        entries = [start for start in entries if 0 <= start < len(code.code)]
    return found


class Operands:
    """Tells what the arguments of the instructions of one code object stand for."""

    def __init__(self, code: CodeObject, version: Version) -> None:
        variables = code.numbered_variables() if version >= (3, 11) else ()
        self._version = version
        self._kinds = table(version).kinds
        self._items: dict[str, tuple[object, ...]] = {
            "const": code.consts,
            "name": code.names,
            "local": variables or code.varnames,
            "free": variables or code.cellvars + code.freevars,
        }

    def of(self, instruction: Instruction) -> object:
        """A name, a constant, or the bare argument when it is only a number.

        `MISSING` when it is out of range, None when there is no argument; a pair for the
        instructions of 3.13 and later that take two locals.
        """
        argument, name = instruction.argument, instruction.name
        kind = self._kinds.get(name, "")
        items = self._items.get(kind)
        if argument is None or items is None:
            return argument
        if kind == "local" and is_pair(name):
            return (_at(items, argument >> 4), _at(items, argument & 15))
        if kind == "name":
            argument >>= name_shift(name, self._version)
        return _at(items, argument)


def _at(items: tuple[object, ...], index: int) -> object:
    return items[index] if index < len(items) else MISSING


def is_pair(name: str) -> bool:
    """Whether an instruction of 3.13 and later packs two locals into its argument."""
    return name.count("_FAST") == 2


def name_shift(name: str, version: Version) -> int:
    """By how many flag bits the index of a name is shifted in the argument."""
    if name == "LOAD_GLOBAL" and version >= (3, 11):
        return 1
    if version >= (3, 12):
        return {"LOAD_ATTR": 1, "LOAD_SUPER_ATTR": 2}.get(name, 0)
    return 0
