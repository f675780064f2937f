"""ExecuTorch programs (`.pte`): a flatbuffer, and behind it segments of constants and delegates.

Source: `schema/program.fbs` and `schema/extended_header.cpp` of ExecuTorch 0.1 to 1.0. Operators
are found by name in the runtime; delegates are programs for some accelerator, which nobody can
read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Graph, Location
from modelassay.core.graph import Network, Node, Part
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.flatbuffer import Flatbuffer, Table

_IDENTIFIER: Final = b"ET12"
_EXTENDED: Final = b"eh00"
_MOST_CALLS: Final = 400_000
_MOST_ANOMALIES: Final = 20
_KERNEL, _DELEGATE = 1, 2
_TENSOR: Final = 5
_SMALLEST: Final = 32  # what a program takes that has no segments
_MOST_SIDES: Final = 16


def identify(blob: Blob) -> bool:
    """Whether `blob` bears the identifier of a program."""
    return blob.head(8)[4:] == _IDENTIFIER


def parse(source: Source) -> Iterator[Event]:
    """Yield the graph of each plan, the segments, and what does not fit."""
    buffer = Flatbuffer(source.blob)
    program = _Program(buffer, source.budget)
    root = buffer.root()
    limit: BudgetError | None = None
    try:
        if root is not None:
            program.read(root)
    except BudgetError as error:
        limit = error
    yield Graph(dialect="executorch", network=program.network)
    yield from program.anomalies[:_MOST_ANOMALIES]
    for start, size in program.segments:
        yield Child(f"segment@{start}", source.blob.sub(start, size), role="payload")
    reach = max((buffer.reach, *(start + size for start, size in program.segments)))
    if reach < source.blob.size:
        yield Child(f"@{reach}", source.blob.sub(reach), role="tail")
    for fault in buffer.faults:
        yield Anomaly(kind="flatbuffer-structure", message=fault.message, at=Location(fault.offset))
    if buffer.faults:
        yield Incomplete(f"the flatbuffer is broken: {buffer.faults[0].message}")
    if limit is not None:
        raise limit


class _Program:
    """What a program says."""

    def __init__(self, buffer: Flatbuffer, budget: Budget) -> None:
        self.buffer = buffer
        self.budget = budget
        self.network = Network([], [])
        self.anomalies: list[Anomaly] = []
        self.segments: list[tuple[int, int]] = []
        self._calls = 0

    def read(self, root: Table) -> None:
        """Read all plans and segments. Raises `BudgetError`."""
        base = self._base()
        segments = [(s.number(0, "<Q"), s.number(1, "<Q")) for s in root.tables(4)]
        end = max(base, _SMALLEST)
        for offset, size in sorted(segments):
            start = base + offset
            if start + size > self.buffer.blob.size or start < end:
                where = f"a segment of {size} bytes at {start} lies outside of its place"
                self._note("executorch-segment", where, root.start, offset, size)
            elif size:
                self.segments.append((start, size))
                end = start + size
        constants = root.table(5)
        if constants is not None:
            self._check(constants.number(0, "<I"), len(segments), "segment", constants.start)
        for number, plan in enumerate(root.tables(1)):
            self._plan(plan, number)

    def _base(self) -> int:
        """Return where segments start, by the header behind the identifier."""
        head = self.buffer.read(8, 24)
        if head[:4] != _EXTENDED:
            return 0
        size, base = (int.from_bytes(head[at : at + 8], "little") for at in (8, 16))
        if max(size, base) > self.buffer.blob.size:
            message = f"the header places segments at {base} behind a program of {size} bytes"
            self._note("executorch-segment", message, 8, base, size)
            return 0
        return base

    def _plan(self, plan: Table, number: int) -> None:
        name = plan.text(0, 200) or f"plan{number}"
        part = Part(name, nodes=[], constants={})
        self.network.parts.append(part)
        operators = [
            ".".join(filter(None, (op.text(0, 200), op.text(1, 200)))) for op in plan.tables(6)
        ]
        delegates = [delegate.text(0, 200) for delegate in plan.tables(7)]
        values = 0
        for value in plan.tables(2):
            values += 1
            if value.number(0, "<B") == _TENSOR:
                self._tensor(value.table(1))
        part.inputs = self._values(plan, 3, values)
        part.outputs = self._values(plan, 4, values)
        for chain in plan.tables(5):
            for instruction in chain.tables(2):
                self._calls += 1
                if self._calls > _MOST_CALLS:
                    raise BudgetError("nodes", f"there are more than {_MOST_CALLS} calls")
                if self._calls % 1024 == 0:
                    self.budget.tick()
                self._call(instruction, part, values, operators, delegates)

    def _call(
        self, call: Table, part: Part, values: int, operators: list[str], delegates: list[str]
    ) -> None:
        kind, args = call.number(0, "<B"), call.table(1)
        if kind not in (_KERNEL, _DELEGATE) or args is None:
            return
        names, word = (operators, "operator") if kind == _KERNEL else (delegates, "delegate")
        number = args.number(0)
        if self._check(number, len(names), word, call.start):
            domain = "delegate" if kind == _DELEGATE else ""
            inputs = self._values(args, 1, values)
            part.nodes.append(Node(names[number], inputs, (), domain, offset=call.start))

    def _values(self, table: Table, field: int, count: int) -> tuple[str, ...]:
        numbers = table.numbers(field)
        return tuple(f"v{n}" for n in numbers if self._check(n, count, "value", table.start))

    def _tensor(self, tensor: Table | None) -> None:
        if tensor is None:
            self._note("executorch-index", "a value that is a tensor has none", 0)
            return
        sides = tensor.numbers(2, most=64)
        order = tensor.numbers(3, "<B", 64)
        if min(sides, default=0) < 0 or len(sides) > _MOST_SIDES or (sides and not order):
            self._note("tensor-shape", f"a tensor has the shape {sides}", tensor.start)
        elif sorted(order) != list(range(len(sides))):
            text = f"a tensor of {len(sides)} sides has them in the order {order}"
            self._note("tensor-shape", text, tensor.start)

    def _check(self, number: int, count: int, kind: str, at: int) -> bool:
        if 0 <= number < count:
            return True
        self._note("executorch-index", f"there is no {kind} {number} among {count}", at, number)
        return False

    def _note(self, kind: str, message: str, at: int, *values: int) -> None:
        if len(self.anomalies) < _MOST_ANOMALIES:
            constants = tuple(Const(value) for value in values)
            at_ = Location(at)
            self.anomalies.append(Anomaly(kind=kind, message=message, values=constants, at=at_))
