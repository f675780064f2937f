"""An abstract stack machine: follows the instructions of one code object and notes what it names.

Sources: CPython Python/ceval.c (2.7 to 3.11) and Python/bytecodes.c (3.12 to 3.14); Lib/dis.py
documentation. It goes through the instructions once, in order. A forward jump carries its stack to
its target, where stacks are merged; a loop is followed once. An instruction it does not model
changes the height of the stack as the tables say and leaves an unknown value on top.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from modelassay.formats.pycode import building, calls, operations
from modelassay.formats.pycode.code import CodeObject
from modelassay.formats.pycode.decoding import Instruction, Operands, instructions
from modelassay.formats.pycode.folding import Folder
from modelassay.formats.pycode.opcodes import table
from modelassay.formats.pycode.terms import Bindings, Record, Value, items, merge
from modelassay.formats.pycode.values import Version
from modelassay.formats.pycode.versions import leaves

_MAX_STACK = 128
_MAX_CARRIED = 32
_MAX_RECORDS = 10_000
_MAX_POPPED = 4096
_MAX_STEPS = 200_000
# Instructions that take values and put none in their place.
_TAKING = ("POP_", "STORE_", "DELETE_", "SETUP_", "PRINT_", "END_", "RAISE_", "RERAISE")


@dataclass(slots=True)
class Shared:
    """What all code objects of one tree share."""

    version: Version
    globals: Bindings
    folder: Folder = field(default_factory=Folder)
    parameters: dict[int, Bindings] = field(default_factory=dict)  # by id of the code object
    records: int = 0
    steps: int = _MAX_STEPS  # left; when none are, the result is incomplete


class Machine:
    """One run over one code object; `records` are what it found.

    `calls` are the functions made here that are called, or given to what has the name before them.
    """

    def __init__(
        self, code: CodeObject, shared: Shared, outer: Mapping[str, Value], is_root: bool
    ) -> None:
        self.code = code
        self.shared = shared
        self.version = shared.version
        self.is_root = is_root
        self.locals = Bindings({name: (-1, value) for name, value in outer.items()})
        for name, entry in shared.parameters.get(id(code), Bindings()).values.items():
            self.locals.values[name] = entry
        self.records: list[Record] = []
        self.calls: list[tuple[str, CodeObject]] = []
        self.offset = 0
        self.block = 0
        self.keywords: tuple[object, ...] = ()  # of the next call, from KW_NAMES
        self._operands = Operands(code, shared.version)
        self._stack: list[Value] = []
        self._waiting: dict[int, list[Value]] = {}

    # The stack

    def push(self, *values: Value) -> None:
        """Put values on the stack, the last on top."""
        self._stack.extend(values)

    def pop(self) -> Value:
        """Take the topmost value; an unknown one off an empty stack."""
        return self._stack.pop() if self._stack else ()

    def pops(self, count: int) -> list[Value]:
        """The topmost values, deepest first, exactly as many up to a limit of 4096.

        Values below the bottom are unknown.
        """
        count = min(max(count, 0), _MAX_POPPED)
        self.shared.steps -= count // 8
        found = self._stack[-count:] if count else []
        del self._stack[len(self._stack) - len(found) :]
        return [()] * (count - len(found)) + found

    def peek(self, depth: int = 1) -> Value:
        """The value at a depth, 1 being the top; an unknown one below the bottom."""
        return self._stack[-depth] if 0 < depth <= len(self._stack) else ()

    def swap(self, depth: int) -> None:
        """Exchange the top and the value at a depth."""
        if 0 < depth <= len(self._stack):
            stack = self._stack
            stack[-depth], stack[-1] = stack[-1], stack[-depth]

    def replace(self, depth: int, value: Value) -> None:
        """Put another value at a depth."""
        if 0 < depth <= len(self._stack):
            self._stack[-depth] = value

    def take_keywords(self) -> tuple[object, ...]:
        """The keyword names that KW_NAMES set for this call, which then are none."""
        taken, self.keywords = self.keywords, ()
        return taken

    # Findings

    def record(self, name: str, *, imported: bool = False) -> Record:
        """Note a reference at the present instruction."""
        found = Record(name, self.offset, imported)
        if self.shared.records < _MAX_RECORDS:
            self.shared.records += 1
            self.records.append(found)
        else:
            self.shared.steps = 0
        return found

    def items(self, value: Value) -> tuple[Value, ...] | None:
        """The items of a known tuple or list, at the cost of as many steps."""
        found = items(value)
        self.shared.steps -= len(found or ()) // 4
        return found

    def bind(self, code: CodeObject, name: str, value: Value) -> None:
        """Let a parameter of a nested function have a value."""
        self.shared.parameters.setdefault(id(code), Bindings()).store(name, value, self.block)

    # The run

    def run(self) -> None:
        """Go through all instructions; the state after it is in `locals` and `records`."""
        reached = True
        code = self.code
        sizes = (code.varnames, code.freevars, code.cellvars, code.exceptiontable)
        self.shared.steps -= sum(len(one) for one in sizes) // 4
        for instruction in instructions(code, self.version, max(self.shared.steps, 0) + 1):
            self.shared.steps -= 1
            if self.shared.steps <= 0:
                return
            self.offset = instruction.offset
            carried = self._waiting.pop(instruction.offset, None)
            if carried is not None:
                self._stack = self._joined(carried) if reached else carried
                self.block += 1
            elif not reached:
                self._stack = []
                self.block += 1
            self._execute(instruction)
            reached = not leaves(instruction)
            del self._stack[:-_MAX_STACK]

    def _execute(self, instruction: Instruction) -> None:
        work = _OPERATIONS.get(instruction.name)
        jump = _JUMPS.get(instruction.name)
        before = list(self._stack) if instruction.target is not None else []
        if jump is not None:
            jump(self, instruction)
        elif work is not None:
            work(self, instruction, self._operands.of(instruction))
        else:
            self._by_height(instruction)
        if instruction.target is not None:
            self.block += 1
            after = self._stack if jump is None else self._at_target(instruction, before)
            if instruction.target > instruction.offset:
                self._carry(instruction.target, after[-_MAX_CARRIED:])

    def _by_height(self, instruction: Instruction) -> None:
        constant, slope = table(self.version).effects.get(instruction.name, (0, 0))
        net = constant + slope * min(instruction.argument or 0, 1 << 16)
        if net > 0:
            self.push(*[()] * min(net, _MAX_STACK))
        elif instruction.name.startswith(_TAKING):
            self.pops(-net)
        else:
            self.pops(1 - net)
            self.push(())

    def _at_target(self, instruction: Instruction, before: list[Value]) -> list[Value]:
        """The stack at the target of a jump that changes it otherwise than going on does."""
        name = instruction.name
        if name == "FOR_ITER":
            return [*before, ()] if self.version >= (3, 12) else before[:-1]
        if name.startswith("SETUP_") and name != "SETUP_LOOP":
            return before + [()] * (3 if self.version < (3, 0) else 6)
        return before

    def _carry(self, target: int, stack: list[Value]) -> None:
        earlier = self._waiting.get(target)
        self._waiting[target] = stack if earlier is None else _merged(earlier, stack)

    def _joined(self, carried: list[Value]) -> list[Value]:
        return _merged(self._stack, carried)


def _merged(one: list[Value], other: list[Value]) -> list[Value]:
    """Two stacks as one, told from the top; the deeper one's bottom stays."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    rest = len(longer) - len(shorter)
    both = [merge(a, b) for a, b in zip(longer[rest:], shorter, strict=True)]
    return longer[:rest] + both


def _keep(machine: Machine, _: Instruction) -> None:
    """The stack stays when the jump is not taken."""


def _drop(machine: Machine, _: Instruction) -> None:
    machine.pop()


def _next(machine: Machine, _: Instruction) -> None:
    machine.push(())


def _enter(machine: Machine, _: Instruction) -> None:
    manager = machine.pop()
    machine.push((), manager)


_OPERATIONS = {**operations.OPERATIONS, **building.OPERATIONS, **calls.OPERATIONS}
_JUMPS: dict[str, Callable[[Machine, Instruction], None]] = {
    "FOR_ITER": _next,
    "JUMP_IF_TRUE_OR_POP": _drop,
    "JUMP_IF_FALSE_OR_POP": _drop,
    "SETUP_LOOP": _keep,
    "SETUP_EXCEPT": _keep,
    "SETUP_FINALLY": _keep,
    "SETUP_WITH": _enter,
    "SETUP_ASYNC_WITH": _enter,
}
