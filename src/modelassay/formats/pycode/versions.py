"""Which CPython version a code object was compiled by: the blob and the pickle do not say.

Each version is tried on the instructions that would run, counting what that version could not
have written: unknown instructions, indices out of range, jumps to nowhere, filled caches, a line
table of another form. Sources: CPython Lib/dis.py; Objects/lnotab_notes.txt (to 3.9, 3.10),
Objects/locations.md (3.11 and later).
"""

from collections.abc import Iterator

from modelassay.formats.pycode.code import CodeObject
from modelassay.formats.pycode.decoding import Instruction, Operands, extended, step
from modelassay.formats.pycode.opcodes import Table, known_versions, table
from modelassay.formats.pycode.values import MISSING, Version

_SAMPLE = 4096  # instructions looked at in one code object
_SAMPLE_CODES = 32
_MAX_LINES = 1 << 16  # bytes of a line table that is looked at
_LEAVE = frozenset(
    (
        *("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD"),
        *("JUMP_ABSOLUTE", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "STOP_CODE"),
        *("INTERPRETER_EXIT", "BREAK_LOOP"),
    )
)


def leaves(instruction: Instruction) -> bool:
    """Whether the next instruction is not reached from this one."""
    return instruction.name in _LEAVE


def _reached(code: bytes, known: Table) -> Iterator[Instruction]:
    """Instructions that can run, from the first one on, each once, a sample at most."""
    seen: set[tuple[int, int]] = set()
    pending = [(0, 0)]
    while pending and len(seen) < _SAMPLE:
        at, prefix = pending.pop()
        if (at, prefix) in seen or not 0 <= at < len(code):
            continue
        seen.add((at, prefix))
        instruction = step(code, at, prefix, known)
        yield instruction
        if instruction.target is not None:
            pending.append((instruction.target, 0))
        if not leaves(instruction):
            pending.append((instruction.following, extended(instruction, known)))


def _line_faults(code: CodeObject, version: Version) -> int:
    lines = code.linetable
    if not lines or len(lines) > _MAX_LINES:
        return 0
    if version >= (3, 11):
        covered = sum(2 * ((octet & 7) + 1) for octet in lines if octet & 0x80)
        return int(covered != len(code.code)) + int(not lines[0] & 0x80)
    covered = sum(lines[::2])
    if version == (3, 10):
        return int(bool(len(lines) % 2)) + int(covered != len(code.code))
    return int(bool(len(lines) % 2)) + int(covered >= len(code.code))


def faults(code: CodeObject, version: Version) -> int:
    """How many things in one code object that version could not have written; 0 is a fit."""
    known = table(version)
    size = len(code.code)
    count = _line_faults(code, version)
    resumed = version < (3, 11)
    operands = Operands(code, version)
    for instruction in _reached(code.code, known):
        at = instruction.offset
        target = instruction.target
        unknown = not instruction.name or instruction.name == "CACHE"
        ends = instruction.following > size - (not leaves(instruction))
        outside = target is not None and not 0 <= target < size
        cache = code.code[at + 2 : instruction.following] if known.wide else b""
        value = None if unknown else operands.of(instruction)
        absent = value is MISSING or (isinstance(value, tuple) and MISSING in value[:2])
        count += unknown + ends + outside + any(cache) + absent
        resumed = resumed or instruction.name in ("RESUME", "RETURN_GENERATOR")
    return count + (not resumed)


def best_versions(code: CodeObject) -> tuple[Version, ...]:
    """The versions of its layout that fit a code object and those below it best, oldest first.

    Several when nothing tells them apart. When none fits without fault, all of the layout: what
    is doubtful is to be read in every way.
    """
    versions = code.versions or known_versions()
    codes = [found for found, _ in zip(code.walk(), range(_SAMPLE_CODES), strict=False)]
    fitting = tuple(v for v in versions if not any(faults(found, v) for found in codes))
    return fitting or versions
