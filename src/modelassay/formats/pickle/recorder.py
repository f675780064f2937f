"""The recorder: it turns what the machine does into facts, each told once and then counted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from modelassay.core.errors import BudgetError
from modelassay.core.facts import Anomaly, Call, Fact, Import, Location, Lookup, StateUpdate
from modelassay.core.values import Const, Mapping, Name, Sequence, Unknown, Value
from modelassay.formats.base import Child, Event
from modelassay.formats.pickle.constants import Constants
from modelassay.formats.pickle.dialect import Dialect
from modelassay.formats.pickle.payloads import ENCODERS, Payloads, is_archive
from modelassay.formats.pickle.shapes import MOST_TOLD, Shapes, Variety
from modelassay.formats.pickle.states import StateKeys
from modelassay.formats.pickle.store import DICT, GLOBAL, MADE, PERSISTENT, TUPLE, Store
from modelassay.formats.pickle.values import FEW_NODES, Values
from modelassay.io.blob import Blob
from modelassay.io.tar import BLOCK

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

COMPUTED: Final = "<computed>"
#: A loader recurses over nested objects when it frees or compares them.
DEEP: Final = 20_000
#: Items a loader visits in many seconds. Honest tuples share little.
HEAVY: Final = 1 << 30
_LONGEST_NAME: Final = 4096
_MOST_SHOWN: Final = 16
#: Facts of one stream that are told at length.
_MOST_AT_LENGTH: Final = 4000
_MANY_KINDS: Final = Unknown("of many kinds")

#: What a variety of uses is of: a reference shifted by two, and one of these.
_CALLS, _STATES, _FILLINGS, _LOOKUPS = range(4)


class Recorder:
    """Events of one stream, in order. `stream` is its number in the file, from 0."""

    def __init__(self, machine: Machine, stream: int, most_facts: int) -> None:
        self.machine = machine
        self.store = Store(machine.window.blob.size)
        self.constants = Constants(machine.window)
        self.values = Values(self.store, self.constants)
        self.shapes = Shapes(self.store, self.constants)
        self.events: list[Event] = []
        self.imports: dict[tuple[str, str], int] = {}
        self.calls = 0
        self._archives: dict[int, int] = {}
        """Arrays whose elements are an archive, with the place of its event."""
        self._decoded: dict[int, tuple[int, Blob]] = {}
        """Calls that make bytes worth a look, with the place of their event."""
        self._keys = StateKeys(self.store, self.constants)
        self._payloads = Payloads(self.store, self.constants)
        self._prefix = f"stream {stream} " if stream else ""
        self._most_facts = most_facts
        self._facts: dict[Hashable, Fact] = {}
        self._bare: dict[int, Fact] = {}
        """Calls without arguments, by callable: what objects are made by, mostly."""
        self._plain_states: dict[int, Fact] = {}
        """States of plain keys and constants, by what made the object."""
        self._encoders: set[int] = set()
        self._varieties: dict[int, Variety] = {}
        self._watched: dict[int, list[Dialect]] = {}
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
            if (module, name) in ENCODERS:
                self._encoders.add(ref)
            watching = [d for d in self.machine.dialects if (module, name) in d.watch]
            if watching:
                self._watched[ref] = watching
        if not self._again(ref):
            self._tell(ref, Import(name=Name(module, name)))
        return ref

    def computed(self, module: int, name: int) -> int:
        """Record a global whose name is made at load time, and return its reference."""
        variety = self._variety(0, _CALLS)
        key = ("computed", self.shapes.of(variety, module, name))
        if not self._again(key):
            operands = (self._value(module), self._value(name))
            words = [
                value.value if isinstance(value, Const) and isinstance(value.value, str) else ""
                for value in operands
            ]
            named = Name(words[0] or COMPUTED, words[1] or COMPUTED)
            self._tell(key, Import(name=named, how="computed", operands=operands), variety)
        return self.store.unknown("computed import")

    def called(self, made: int, callable_: int, args: int, kwargs: int, new: bool) -> None:
        """Record the call that makes the node `made`."""
        self.calls += 1
        bare = args == self.machine.empty and not kwargs
        if bare:
            fact = self._bare.get(2 * callable_ + new)
            if fact is not None:
                fact.count += 1
                return
        if self._archives:
            self._pass(args)
            self._pass(kwargs)
        understood = False
        watching = self._watching(callable_) if self._watched else ()
        for dialect in watching:
            understood |= dialect.called(self.machine, made)
        is_global = self._is_global(callable_)
        variety = self._variety(callable_ if is_global else 0, _CALLS)
        key: Hashable
        if understood:
            # One such call is like another: what it is given is not looked at again.
            maker = callable_ if is_global else self.shapes.of(variety, callable_)
            key = ("understood", new, maker)
            self.shapes.blurred.clear()
        else:
            if is_global and not kwargs:
                key = (new, callable_, self.shapes.of_arguments(variety, args))
            else:
                key = ("call", new, self.shapes.of(variety, callable_, args, kwargs))
            if self.shapes.has_bytes or callable_ in self._encoders:
                for blob in self._payloads.find(callable_, args, kwargs):
                    self._decoded[made] = (len(self.events), blob)
                    self.events.append(Child(f"{self.here.path} bytes", blob, role="payload"))
        if variety.told >= MOST_TOLD:
            key = (callable_ if is_global else 0, new)
        fact = self._facts.get(key)
        if fact is None:
            self._tell(key, self._call(callable_, args, kwargs, new, variety), variety)
        else:
            fact.count += 1
        if bare and is_global and not watching:
            self._bare[2 * callable_ + new] = self._facts[key]

    def _pass(self, given: int) -> None:
        """Note that a call is given what is in `given`: Keras takes an array for a file."""
        if self.store.kind(given) in (TUPLE, DICT):
            for ref in islice(self.store.items(given), _MOST_SHOWN):
                if (index := self._archives.pop(ref, None)) is not None:
                    self.events[index] = replace(self.events[index], role="payload")

    def _call(self, callable_: int, args: int, kwargs: int, new: bool, variety: Variety) -> Call:
        via: Literal["call", "new"] = "new" if new else "call"
        if variety.level == 3:
            known = self._is_global(callable_)
            named = self._value(callable_) if known else Unknown("one of many callables")
            return Call(callable=named, args=(_MANY_KINDS,), via=via)
        self.values.blurred = self.shapes.blurred
        return Call(
            callable=self.values.value(callable_),
            args=self.values.arguments(args),
            kwargs=self.values.keywords(kwargs),
            via=via,
        )

    def built(self, target: int, state: int, position: int) -> int:
        """Record a BUILD and return where the stream goes on."""
        maker = self._maker(target)
        is_tuple = self.store.kind(state) == TUPLE
        if not (is_tuple and self._holds_archive(target, state)) and (is_tuple or state >= 0):
            blob = self._payloads.of_state(state)
            if blob is not None:
                self.events.append(Child(f"{self.here.path} bytes", blob, role="payload"))
        if target != maker and self._keys.is_plain(state):
            fact = self._plain_states.get(maker)
            if fact is not None:
                fact.count += 1
                return position
        odd = self._keys.odd(state)
        variety = self._variety(maker, _STATES)
        key: Hashable = ("state", maker or self.shapes.of(variety, target))
        if variety.level < 3:
            plain = self.store.kind(state) == DICT and maker != target
            inner = self.shapes.names(state) if plain else self.shapes.of(variety, state)
            telling = (self.shapes.names(state), self._texts(state, odd)) if odd else 0
            key = (key, odd, inner, telling)
        if not self._again(key):
            shown = self._show_state(state, odd) if variety.level < 3 else _MANY_KINDS
            self._tell(key, StateUpdate(target=self.values.value(target), state=shown), variety)
        watching = self._watching(maker or target) if self._watched else ()
        if maker not in (0, target) and not watching and self._keys.is_plain(state):
            self._plain_states[maker] = self._facts[key]
        for dialect in watching:
            position = max(position, dialect.built(self.machine, target, state, position))
        return position

    def filled(self, target: int, items: list[int], via: Literal["item", "append"]) -> None:
        """Record items that go into something that is no container of the stream's own."""
        maker = self._maker(target)
        variety = self._variety(maker, _FILLINGS)
        first = items[:_MOST_SHOWN]
        key: Hashable = (via, maker or self.shapes.of(variety, target))
        if variety.level < 3:
            live = maker in (0, target)
            inner = self.shapes.of(variety, *first) if live else self.shapes.names(*first)
            key = (key, inner, self._odd_items(items) if via == "item" else 0)
        if self._again(key):
            return
        self.values.blurred = self.shapes.blurred
        shown = [self.values.value(item) for item in first]
        state: Value
        more = len(items) - len(first)
        if variety.level >= 3:
            state = _MANY_KINDS
        elif via == "item":
            state = Mapping(tuple(zip(shown[::2], shown[1::2], strict=False)), more // 2)
        else:
            state = Sequence("list", tuple(shown), more)
        target_value = self.values.value(target)
        self._tell(key, StateUpdate(target=target_value, state=state, via=via), variety)

    def looked_up(self, node: int) -> int:
        """Record a value the loading process supplies, and return a reference to it."""
        known: int | None = None
        if self.store.kind(node) == PERSISTENT:
            for dialect in self.machine.dialects:
                known = dialect.persistent(self.machine, node) or known
        variety = self._variety(0, _LOOKUPS)
        alike = known is not None or variety.level >= 3
        key = ("lookup", known is None, 0 if alike else self.shapes.of(variety, node))
        if not self._again(key):
            self._tell(key, Lookup(value=self._value(node)), variety)
        return node if known is None else known

    def anomaly(self, kind: str, message: str, offset: int) -> None:
        """Record that the stream lies or is malformed."""
        if not self._again(("anomaly", kind)):
            self._tell(("anomaly", kind), Anomaly(kind=kind, message=message), offset=offset)

    def claimed(self, length: int, left: int) -> None:
        """Record a length that is more than there is."""
        message = f"a constant claims {length} bytes where {left} are left"
        fact = Anomaly(kind="claimed-length", message=message, values=(Const(length),))
        self._tell(("anomaly", "claimed-length"), fact)

    def has_anomaly(self, kind: str) -> bool:
        """Whether an anomaly of this kind was recorded."""
        return ("anomaly", kind) in self._facts

    def result(self, ref: int) -> None:
        """Look at what the stream leaves to the loader."""
        depth = self.store.depth(ref)
        if depth > DEEP:
            message = f"objects are nested {depth} levels deep"
            fact = Anomaly(kind="deep-nesting", message=message, values=(Const(depth),))
            self._tell("deep", fact)

    def weighed(self) -> None:
        """Look at what the tuples of the stream share."""
        if self.store.heaviest > HEAVY:
            message = "tuples share their items so often that hashing one takes without end"
            self._tell("heavy", Anomaly(kind="alias-bomb", message=message))

    def text(self, ref: int, most: int = _LONGEST_NAME) -> str | None:
        """Return a string constant that may serve as a name."""
        return self.constants.text(ref, most)

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

    def hold(self, array: int, archive: Child) -> None:
        """Take the archive that the elements of an array are: hidden there if no call takes it."""
        self._archives[array] = len(self.events)
        self.events.append(archive)

    def _holds_archive(self, array: int, state: int) -> bool:
        """Note an archive that is the elements of an array, written as bytes or as text."""
        ref = self._payloads.elements(state)
        if ref is None:
            return False
        path = f"{self.here.path} elements"
        decoded = self._decoded.get(ref)
        if decoded is not None:
            index, blob = decoded
            if is_archive(blob.head(BLOCK), blob):
                self.events[index] = Child(path, blob, role="found", place="elements")
                self._archives[array] = index
                return True
        archive = self._payloads.archive(ref) if ref >= 0 else None
        if archive is not None:
            self.hold(array, Child(path, archive, role="found", place="elements"))
        return archive is not None

    def _watching(self, maker: int) -> Iterable[Dialect]:
        """Return the dialects that watch a callable, or what made it."""
        if self.store.kind(maker) == MADE:
            maker = self.store.cells[-maker]
        return self._watched.get(maker, ())

    def _variety(self, owner: int, use: int) -> Variety:
        variety = self._varieties.get(4 * owner + use)
        if variety is None:
            variety = self._varieties[4 * owner + use] = Variety()
        return variety

    def _again(self, key: Hashable) -> bool:
        """Count a fact that was told before."""
        fact = self._facts.get(key)
        if fact is None:
            return False
        fact.count += 1
        return True

    def _tell(
        self, key: Hashable, fact: Fact, variety: Variety | None = None, offset: int | None = None
    ) -> None:
        here = self.here
        fact.at = here if offset is None else Location(offset, here.path)
        self._facts[key] = fact
        self.events.append(fact)
        if variety is not None:
            variety.told += 1
        if len(self._facts) == _MOST_AT_LENGTH:
            self.values.most_nodes = FEW_NODES
        if len(self._facts) > self._most_facts:
            raise BudgetError("facts", f"more than {self._most_facts} facts in one stream")

    def _value(self, ref: int) -> Value:
        self.values.blurred = self.shapes.blurred
        return self.values.value(ref)

    def _is_global(self, ref: int) -> bool:
        return self.store.kind(ref) == GLOBAL

    def _maker(self, target: int) -> int:
        """Return the global that made `target`, or that it is; 0 if it is neither."""
        cells = self.store.cells
        if target < 0 and cells[-target - 1] & 15 == MADE:
            target = cells[-target]
        return target if target < 0 and cells[-target - 1] & 15 == GLOBAL else 0

    def _odd_items(self, items: list[int]) -> int:
        """Return how many of the keys of `items` are dunders or computed."""
        return sum(self._keys.is_odd(key) for key in items[::2])

    def _texts(self, state: int, odd: tuple[int, ...]) -> Hashable:
        """Return what tells states apart whose text is run."""
        if self.store.kind(state) != DICT:
            return 0
        texts = [self._keys.run(key, value) for key, value in self._keys.pairs(state, odd)]
        return tuple([hash(text) for text in texts if text is not None])

    def _show_state(self, state: int, odd: tuple[int, ...]) -> Value:
        """Return a state, of one with odd keys these alone."""
        value = self._value(state)
        if not odd or not isinstance(value, Mapping):
            return value
        pairs = self._keys.pairs(state, odd)
        unseen = set(odd).difference(key for key, _ in pairs)
        shown = [(self.values.value(key), self._odd_value(key, value)) for key, value in pairs]
        shown += [(self.values.value(key), Unknown("one of many")) for key in unseen]
        return Mapping(tuple(shown), len(value.items) - len(shown) + value.more)

    def _odd_value(self, key: int, value: int) -> Value:
        text = self._keys.run(key, value)
        return self.values.value(value) if text is None else Const(text)
