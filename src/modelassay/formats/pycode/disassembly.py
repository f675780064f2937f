"""Code objects as text, one line an instruction, like CPython's Lib/dis.py but for any version."""

from modelassay.formats.pycode.code import CodeObject
from modelassay.formats.pycode.decoding import Instruction, Operands, instructions
from modelassay.formats.pycode.opcodes import table
from modelassay.formats.pycode.values import Version, show
from modelassay.formats.pycode.versions import best_versions


def line(instruction: Instruction, operands: Operands, version: Version) -> str:
    """One instruction as text: offset, name, operand, as in `12 LOAD_GLOBAL os`."""
    name = instruction.name or f"<{instruction.number}>"
    text = f"{instruction.offset} {name}"
    if instruction.target is not None:
        return f"{text} to {instruction.target}"
    value = operands.of(instruction)
    kind = table(version).kinds.get(instruction.name)
    if value is None and kind != "const":
        return text
    takes_none = instruction.number < table(version).have_argument and not value
    if kind is None and takes_none:
        return text
    if kind in ("name", "local", "free"):
        names = value if isinstance(value, tuple) else (value,)
        return f"{text} {', '.join(n if isinstance(n, str) else show(n) for n in names)}"[:200]
    return f"{text} {show(value)}"


def disassemble(code: CodeObject, version: Version | None = None, limit: int = 200) -> list[str]:
    """The instructions of one code object (not of those nested in it) as lines of text.

    Without a version the best fitting one is taken. Ends with a line `...` when cut at `limit`.
    """
    chosen = version or best_versions(code)[-1]
    found = instructions(code, chosen, limit + 1)
    operands = Operands(code, chosen)
    lines = [line(instruction, operands, chosen) for instruction in found[:limit]]
    return [*lines, "..."] if len(found) > limit else lines
