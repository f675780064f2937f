"""The recorder: it turns what the machine does into facts, each told once and then counted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Final, Literal

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Call, Fact, Import, Location, Lookup, StateUpdate
from modelassay.core.values import Const, Mapping, Name, Sequence, Value
from modelassay.formats.base import Child, Event
from modelassay.formats.pickle import opcodes as op
from modelassay.formats.pickle.constants import Constants
from modelassay.formats.pickle.dialect import Dialect
from modelassay.formats.pickle.store import (
    DICT,
    EXT,
    GLOBAL,
    MADE,
    PERSISTENT,
    TUPLE,
    UNKNOWN,
    Store,
)
from modelassay.formats.pickle.values import Values

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

COMPUTED: Final = "<computed>"
#: A loader recurses over nested objects when it frees or compares them.
DEEP: Final = 20_000
_SHORTEST_PAYLOAD: Final = 12
_LONGEST_NAME: Final = 4096


class Recorder:
    """Events of one stream, in order. `stream` is its number in the file, from 0."""

    def __init__(self, machine: Machine, stream: int, most_facts: int) -> None:
        self.machine = machine
        self.store = Store(machine.window.blob.size)
        self.constants = Constants(machine.window)
        self.values = Values(self.store, self.constants)
        self.events: list[Event] = []
        self.imports: dict[tuple[str, str], int] = {}
        self._prefix = f"stream {stream} " if stream else ""
        self._most_facts = most_facts
        self._facts: dict[Hashable, Fact] = {}
        self._watched: dict[int, list[Dialect]] = {}
        self._plain_keys: set[int] = set()
        self._offset = 0
        self._op = 0

    def place(self, offset: int, ops: int) -> None:
        """Tell where the opcode stands that is run now."""
        self._offset = offset
        self._op = ops - 1

    # What the machine tells.

    def imported(self, module: str, name: str) -> int:
        """Record a global and return its reference."""
        ref = self.imports.get((module, name))
        if ref is None:
            self.store.names.append((module, name))
            ref = self.store.node(GLOBAL, len(self.store.names) - 1)
            self.imports[(module, name)] = ref
            watching = [d for d in self.machine.dialects if (module, name) in d.watch]
            if watching:
                self._watched[ref] = watching
        if not self._again(ref):
            self._tell(ref, Import(name=Name(module, name)))
        return ref

    def computed(self, module: int, name: int) -> int:
        """Record a global whose name is made at load time, and return its reference."""
        operands = (self.values.value(module), self.values.value(name))
        words = [
            operand.value if isinstance(operand, Const) and isinstance(operand.value, str) else ""
            for operand in operands
        ]
        fact = Import(
            name=Name(words[0] or COMPUTED, words[1] or COMPUTED),
            how="computed",
            operands=operands,
        )
        self._tell(None, fact)
        return self.store.unknown("computed import")

    def called(self, made: int) -> None:
        """Record the call that makes the node `made`."""
        cells, index = self.store.cells, -made - 1
        callable_, args, kwargs, new = cells[index + 1 : index + 5]
        understood = False
        for dialect in self._watching(callable_):
            understood |= dialect.called(self.machine, made)
        if not understood and (args < 0 or kwargs):
            self._payloads(args, kwargs)
        key = (
            "call",
            new,
            callable_ if self._is_global(callable_) else self.values.shape(callable_),
            self.values.shape(args),
            self.values.shape(kwargs) if kwargs else 0,
        )
        if not self._again(key):
            via: Literal["call", "new"] = "new" if new else "call"
            fact = Call(
                callable=self.values.value(callable_),
                args=self.values.arguments(args),
                kwargs=self.values.keywords(kwargs),
                via=via,
            )
            self._tell(key, fact)

    def built(self, target: int, state: int, position: int) -> int:
        """Record a BUILD and return where the stream goes on."""
        maker = self.store.cells[-target] if self.store.kind(target) == MADE else target
        odd = self._odd_keys(state)
        key: Hashable = ("state", maker if self._is_global(maker) else self.values.shape(maker))
        if odd or maker == target:
            key = (key, odd, self.values.shape(state))
        if not self._again(key):
            shown = self._show_state(state, odd)
            self._tell(key, StateUpdate(target=self.values.value(target), state=shown))
        for dialect in self._watching(maker):
            position = max(position, dialect.built(self.machine, target, state, position))
        return position

    def filled(self, target: int, items: list[int], via: str) -> None:
        """Record items that go into something that is no container of the stream's own."""
        maker = self.store.cells[-target] if self.store.kind(target) == MADE else target
        key: Hashable = (via, maker if self._is_global(maker) else self.values.shape(maker))
        if maker == target:
            key = (key, self.values.shapes(items[:16]))
        if not self._again(key):
            shown = [self.values.value(item) for item in items[:16]]
            state: Value
            if via == "item":
                state = Mapping(
                    tuple(zip(shown[::2], shown[1::2], strict=False)), len(items[16:]) // 2
                )
            else:
                state = Sequence("list", tuple(shown), len(items[16:]))
            kind: Literal["item", "append"] = "item" if via == "item" else "append"
            self._tell(key, StateUpdate(target=self.values.value(target), state=state, via=kind))

    def looked_up(self, node: int) -> None:
        """Record a value the loading process supplies."""
        if self.store.kind(node) == PERSISTENT:
            for dialect in self.machine.dialects:
                dialect.persistent(self.machine, self.store.cells[-node])
        key = ("lookup", self.values.shape(node))
        if not self._again(key):
            self._tell(key, Lookup(value=self.values.value(node)))

    def anomaly(self, kind: str, message: str, offset: int) -> None:
        """Record that the stream lies or is malformed."""
        if not self._again(("anomaly", kind)):
            self._tell(("anomaly", kind), Anomaly(kind=kind, message=message), offset)

    def claimed(self, length: int, left: int) -> None:
        """Record a length that is more than there is."""
        message = f"a constant claims {length} bytes where {left} are left"
        self._tell(None, Anomaly(kind="claimed-length", message=message, values=(Const(length),)))

    def result(self, ref: int) -> None:
        """Look at what the stream leaves to the loader."""
        depth = self.store.depth(ref)
        if depth > DEEP:
            message = f"objects are nested {depth} levels deep"
            self._tell(None, Anomaly(kind="deep-nesting", message=message, values=(Const(depth),)))

    def text(self, ref: int) -> str | None:
        """Return a string constant that may serve as a name."""
        return self.constants.text(ref, _LONGEST_NAME)

    # How it is told.

    def tell(self, event: Event) -> None:
        """Take an event of a dialect; a fact without a place stands where the machine is."""
        if isinstance(event, Fact) and event.at.offset is None:
            event.at = self.here
        self.events.append(event)

    @property
    def here(self) -> Location:
        """The place of the opcode that is run now."""
        return Location(self._offset, f"{self._prefix}op {self._op}")

    def _watching(self, maker: int) -> Iterable[Dialect]:
        """Return the dialects that watch a callable, or what made it."""
        if not self._watched:
            return ()
        if self.store.kind(maker) == MADE:
            maker = self.store.cells[-maker]
        return self._watched.get(maker, ())

    def _again(self, key: Hashable) -> bool:
        """Count a fact that was told before."""
        fact = self._facts.get(key)
        if fact is None:
            return False
        fact.count += 1
        return True

    def _tell(self, key: Hashable, fact: Fact, offset: int | None = None) -> None:
        place = self._offset if offset is None else offset
        fact.at = Location(place, f"{self._prefix}op {self._op}")
        if key is not None:
            self._facts[key] = fact
        self.events.append(fact)
        if len(self._facts) > self._most_facts:
            raise BudgetError("facts", f"more than {self._most_facts} facts in one stream")

    def _is_global(self, ref: int) -> bool:
        return self.store.kind(ref) == GLOBAL

    def _odd_keys(self, state: int) -> tuple[int, ...]:
        """Return the keys of a state that are no plain attribute names: dunders, or no strings."""
        kind = self.store.kind(state)
        if kind == TUPLE:
            parts = [p for p in self.store.items(state) if self.store.kind(p) == DICT][:2]
            return tuple(odd for part in parts for odd in self._odd_keys(part))
        if kind != DICT:
            return ()
        odd: list[int] = []
        for keys in self.store.keys(state):
            if self._plain_keys.issuperset(keys):
                continue
            for key in keys:
                if key in self._plain_keys:
                    continue
                text = self.text(key) if self.constants.is_text(key) else None
                computed = key < 0 and self.store.kind(key) in (MADE, UNKNOWN, EXT)
                if computed or (text and text.startswith("__") and text.endswith("__")):
                    odd.append(key)
                else:
                    self._plain_keys.add(key)
        return tuple(odd)

    def _show_state(self, state: int, odd: tuple[int, ...]) -> Value:
        """Return a state, the keys that matter first."""
        value = self.values.value(state)
        if not odd or not isinstance(value, Mapping):
            return value
        named = {self.values.value(key) for key in odd}
        first = [pair for pair in value.items if pair[0] in named]
        first += [(key, Const(None)) for key in named - {pair[0] for pair in first}]
        return Mapping(tuple(first), len(value.items) - len(first) + value.more)

    def _payloads(self, args: int, kwargs: int) -> None:
        """Yield bytes that are passed to a call as artifacts of their own."""
        refs = list(self.store.items(args)) if self.store.kind(args) == TUPLE else []
        refs += list(self.store.items(kwargs)) if self.store.kind(kwargs) == DICT else []
        for ref in refs:
            if ref < 0:
                continue
            code, data, length = self.constants.raw(ref, _SHORTEST_PAYLOAD)
            if code in op.BYTES and length >= _SHORTEST_PAYLOAD and may_be_payload(data):
                blob = self.constants.window.blob.sub(self.constants.start(ref), length)
                name = f"{self._prefix}op {self._op} bytes"
                self.events.append(Child(name, blob, role="payload"))


#: First bytes of what is worth a look when it is passed to a call: pickles, archives, executables.
_FIRST: Final = frozenset(
    {0x80, *b"(c]}IVSXUKMJGNLlidPKBZ7\x1f\xfdxMZ\x7f#\x04\x28\xb5\xfe\xcf\xca\x89\x93"}
)


def may_be_payload(data: bytes) -> bool:
    """Whether bytes that start with `data` may be more than numbers."""
    return bool(data) and data[0] in _FIRST and any(data)
