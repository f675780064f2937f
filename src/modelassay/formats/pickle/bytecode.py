"""Code objects in a pickle: `types.CodeType` and what dill, cloudpickle and marshal make of it.

Source: `dill/_dill.py` (`_create_code`, `_create_function`, `_setitems`, `_load_type`),
`cloudpickle/cloudpickle.py` (`_builtin_type`, `_make_function`, `_make_skel_func`,
`_function_setstate`, `subimport`), `types.CodeType` and `marshal.loads` of CPython. What the
globals of a function stand for is taken from the stream, so that `import os as o` hides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from modelassay.core.facts import Code, CodeReference, Limit, Location
from modelassay.core.values import Const
from modelassay.formats import pycode
from modelassay.formats.pickle.dialect import Dialect
from modelassay.formats.pickle.source import SOURCES, tell_source
from modelassay.formats.pickle.store import DICT, FROZENSET, GLOBAL, MADE, SET, TUPLE

if TYPE_CHECKING:
    from modelassay.formats.pickle.machine import Machine

#: cloudpickle, and the copies of it that other packages bring along.
_ABOVE: Final = ("", "joblib.externals.", "ray.", "pyspark.", "srsly.", "numba.")
_CLOUDPICKLE: Final = tuple(
    f"{above}cloudpickle{below}"
    for above in (*_ABOVE, "distributed.protocol.")
    for below in ("", ".cloudpickle", ".cloudpickle_fast")
)
_DILL: Final = ("dill._dill", "dill.dill", "dill")


def _in(modules: tuple[str, ...], *names: str) -> frozenset[tuple[str, str]]:
    return frozenset((module, name) for module in modules for name in names)


_MAKES_CODE: Final = _in(_DILL, "_create_code") | {("types", "CodeType")}
_NAMES_TYPE: Final = _in(_CLOUDPICKLE, "_builtin_type") | _in(_DILL, "_load_type")
_MAKES_FUNCTION: Final = _in(
    _CLOUDPICKLE, "_make_function", "_make_skel_func", "_fill_function"
) | _in(_DILL, "_create_function")
_SETS_STATE: Final = _in(_CLOUDPICKLE, "_function_setstate")
_SETS_ITEMS: Final = _in(_DILL, "_setitems")
_IMPORTS: Final = _in(_CLOUDPICKLE, "subimport") | _in(_DILL, "_import_module")
_UNMARSHALS: Final = {("marshal", "loads")}
_ENCODES: Final = ("_codecs", "encode")

_LONGEST_CODE: Final = 4 << 20
_DEEPEST: Final = 12
_MOST_ITEMS: Final = 20_000
_MOST_GLOBALS: Final = 2_000
_MOST_ARGUMENTS: Final = 40
_MOST_CODES: Final = 2_000
#: Values looked at in one stream for the sake of its code, shared ones each time they are used.
_MOST_NODES: Final = 400_000
_LONGEST_LISTING: Final = 120


class _Found(msgspec.Struct):
    """A code object, where it is made, and whether it stands inside another."""

    code: pycode.CodeObject
    at: Location
    complete: bool
    nested: bool = False


class CodeDialect(Dialect):
    """Reads the code objects of a stream and tells at its end what each refers to."""

    watch = frozenset(
        _MAKES_CODE
        | _NAMES_TYPE
        | _MAKES_FUNCTION
        | _SETS_STATE
        | _SETS_ITEMS
        | _UNMARSHALS
        | SOURCES
    )

    def __init__(self) -> None:
        self._found: dict[int, _Found] = {}
        self._globals: dict[int, list[int]] = {}
        """For each code object the dicts that hold the globals of a function of it."""
        self._copies: dict[int, list[int]] = {}
        """For each dict those it is filled out of."""
        self._left = _MOST_NODES

    def called(self, machine: Machine, made: int) -> bool:
        """Take what makes code, a function of it, or fills a function's globals."""
        store = machine.store
        callable_, args = store.cells[-made], store.cells[-made + 1]
        some = islice(store.items(args), _MOST_ARGUMENTS) if store.kind(args) == TUPLE else ()
        items = list(some)
        if store.kind(callable_) == MADE:
            named = _named_type(machine, callable_)
            return named == "CodeType" and self._make_code(machine, made, items)
        name = store.name(callable_)
        if name in _MAKES_CODE:
            return self._make_code(machine, made, items)
        if name in _UNMARSHALS and items:
            return self._unmarshal(machine, made, items[0])
        if name in SOURCES:
            tell_source(machine, items)
        if name in _MAKES_FUNCTION and items:
            self._globals.setdefault(items[0], []).extend(items[1:2])
        elif name in _SETS_ITEMS and len(items) == 2:
            self._copies.setdefault(items[0], []).append(items[1])
        elif name in _SETS_STATE and len(items) == 2:
            self._set_state(machine, items[0], items[1])
        return False

    def _set_state(self, machine: Machine, function: int, state: int) -> None:
        """Take the globals out of cloudpickle's (state, slots) of a function."""
        store = machine.store
        if store.kind(function) != MADE or store.kind(state) != TUPLE:
            return
        code = _first(machine, function) or 0
        for part in islice(store.items(state), 2):
            for key, value in self._pairs(machine, part):
                if key == "__globals__":
                    self._globals.setdefault(code, []).append(value)

    def _make_code(self, machine: Machine, made: int, items: list[int]) -> bool:
        memo: dict[int, object] = {}
        values = [self._plain(machine, item, memo) for item in items]
        code = pycode.from_arguments(values)
        if code is None:
            code = pycode.CodeObject(name="?", faults=("its arguments fit no Python version",))
        self._found[made] = _Found(code, machine.recorder.here, not code.faults)
        return not code.faults

    def _unmarshal(self, machine: Machine, made: int, argument: int) -> bool:
        data = self._plain(machine, argument, {})
        if not isinstance(data, bytes):
            return False
        read = pycode.read(data)
        inner = {id(code) for found in read.codes for code in found.nested}
        for index, code in enumerate(read.codes):
            if id(code) not in inner:
                complete = read.error is None and not code.faults
                # Further code objects of the same call stand under keys no reference has.
                key = made if index == len(read.codes) - 1 else machine.position + index + 1
                self._found[key] = _Found(code, machine.recorder.here, complete)
        return read.error is None

    def _plain(self, machine: Machine, ref: int, memo: dict[int, object], depth: int = 0) -> object:
        """Return what a reference stands for in the terms of the `pycode` room."""
        if ref not in memo:
            self._left -= 1
            memo[ref] = self._make_plain(machine, ref, memo, depth)
        return memo[ref]

    def _make_plain(
        self, machine: Machine, ref: int, memo: dict[int, object], depth: int
    ) -> object:
        store = machine.store
        if ref >= 0:
            return _constant(machine, ref)
        if ref in self._found:
            self._found[ref].nested = True
            return self._found[ref].code
        kind = store.kind(ref)
        if kind in (TUPLE, FROZENSET, SET, DICT) and depth < _DEEPEST and self._left > 0:
            memo[ref] = pycode.Opaque("itself")
            items = islice(store.items(ref), _MOST_ITEMS)
            inner = tuple(self._plain(machine, item, memo, depth + 1) for item in items)
            name = {FROZENSET: "frozenset", SET: "set", DICT: "dict"}.get(kind)
            return inner if name is None else pycode.Group(name, inner)
        if kind == MADE:
            return _encoded(machine, ref)
        return pycode.Opaque("an object")

    def ended(self, machine: Machine) -> None:
        """Tell of every code object that stands in no other."""
        outer = [key for key, found in self._found.items() if not found.nested]
        for key in outer[:_MOST_CODES]:
            machine.budget.tick()
            machine.recorder.tell(_fact(self._found[key], self._aliases(machine, key)))
        if len(outer) > _MOST_CODES or self._left <= 0:
            message = f"not all that belongs to {len(outer)} code objects was read"
            machine.recorder.tell(Limit(name="codes", message=message))
        self._found.clear()
        self._globals.clear()
        self._copies.clear()

    def _aliases(self, machine: Machine, code: int) -> dict[str, str]:
        """Return what the globals of the functions of a code object stand for, by name."""
        dicts = dict.fromkeys(self._globals.get(code, ()))
        dicts |= dict.fromkeys(s for target in dicts for s in self._copies.get(target, ()))
        aliases: dict[str, str] = {}
        for name, value in (pair for ref in dicts for pair in self._pairs(machine, ref)):
            path = _path(machine, value)
            if path is not None and len(aliases) < _MOST_GLOBALS:
                aliases[name] = path
        return aliases

    def _pairs(self, machine: Machine, ref: int) -> Iterator[tuple[str, int]]:
        """Yield the items of a dict whose keys are text, as long as there is time."""
        if machine.store.kind(ref) != DICT:
            return
        items = machine.store.items(ref)
        for key, value in zip(items, items, strict=False):
            self._left -= 1
            if self._left <= 0:
                return
            name = machine.recorder.text(key)
            if name is not None:
                yield name, value


def _constant(machine: Machine, ref: int) -> object:
    constants = machine.recorder.constants
    octets = constants.octets(ref, _LONGEST_CODE)
    if octets is not None:
        return octets
    text = constants.text(ref, _LONGEST_CODE)
    if text is not None:
        return text
    value = machine.recorder.values.value(ref)
    if isinstance(value, Const):
        return value.value if value.whole else pycode.Opaque("a long constant")
    return ()


def _encoded(machine: Machine, ref: int) -> object:
    """Return the bytes that protocols below 3 write as text for `_codecs.encode`."""
    store = machine.store
    callable_, first = store.cells[-ref], _first(machine, ref)
    if store.kind(callable_) == GLOBAL:
        name = store.name(callable_)
        if name == _ENCODES and first is not None:
            text = machine.recorder.constants.text(first, 2 * _LONGEST_CODE)
            return text.encode("latin-1", "replace") if text is not None else b""
        if name[1] in ("bytes", "bytearray") and first is None:
            return b""
    elif store.kind(callable_) == MADE and first is None and _named_type(machine, callable_):
        return b"" if _named_type(machine, callable_) == "bytes" else ()
    return pycode.Opaque("an object")


def _first(machine: Machine, made: int) -> int | None:
    """Return the first argument of a call."""
    args = machine.store.cells[-made + 1]
    return next(machine.store.items(args), None) if machine.store.kind(args) == TUPLE else None


def _named_type(machine: Machine, made: int) -> str | None:
    """Return the name of the type that dill or cloudpickle are asked for."""
    inner, first = machine.store.cells[-made], _first(machine, made)
    if machine.store.kind(inner) != GLOBAL or machine.store.name(inner) not in _NAMES_TYPE:
        return None
    return machine.recorder.text(first) if first is not None else None


def _path(machine: Machine, ref: int) -> str | None:
    """Return the dotted name of a global, or of a module imported by name."""
    store = machine.store
    if store.kind(ref) == GLOBAL:
        return ".".join(store.name(ref)).removeprefix("builtins.")
    maker = store.cells[-ref] if store.kind(ref) == MADE else 0
    if store.kind(maker) == GLOBAL and store.name(maker) in _IMPORTS:
        first = _first(machine, ref)
        return machine.recorder.text(first) if first is not None else None
    return None


def _fact(found: _Found, aliases: dict[str, str]) -> Code:
    references = pycode.references(found.code, aliases)
    told = tuple(
        CodeReference(
            name=one.name,
            called=one.called,
            args=tuple(pycode.show(value, 120) for value in one.arguments),
            path=one.path,
        )
        for one in references.found
    )
    listing: list[str] = []
    for code in found.code.walk():
        if len(listing) >= _LONGEST_LISTING:
            listing.append("...")
            break
        listing.append(f"{code.qualname or code.name}:")
        listing += pycode.disassemble(code, limit=_LONGEST_LISTING - len(listing))
    return Code(
        name=found.code.qualname or found.code.name,
        language="python",
        references=told,
        listing=tuple(listing),
        complete=found.complete and references.complete,
        at=found.at,
    )
