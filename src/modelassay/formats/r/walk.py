"""The walk over a serialized value of R, on a stack of its own.

Source: `ReadItem`, `ReadBC` and `ReadBCLang` in `src/main/serialize.c` of R 4.5. Nothing is built:
what is kept are the names of symbols, to which the stream refers back, and what code calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.core.facts import Code, CodeReference, Fact, Location, Reference
from modelassay.formats.r.stream import Kind, Stream
from modelassay.io.budget import Budget

_SYMBOL, _LIST, _CLOSURE, _ENVIRONMENT, _PROMISE, _CALL = 1, 2, 3, 4, 5, 6
_SPECIAL, _BUILTIN, _CHARACTERS, _STRINGS, _DOTS, _VECTOR, _EXPRESSION = 7, 8, 9, 16, 17, 19, 20
_BYTECODE, _POINTER, _WEAK, _S4 = 21, 22, 23, 25
_ALTREP, _LIST_WITH, _CALL_WITH, _SHARED, _SHARING = 238, 239, 240, 243, 244
_PERSISTENT, _PACKAGE, _NAMESPACE, _UNBOUND, _REFERENCE = 247, 248, 249, 252, 255
#: Null, the missing argument, and the environments there is one of each.
_SINGLE: Final = frozenset((241, 242, 250, 251, _UNBOUND, 253, 254))
_CELLS: Final = frozenset((_LIST, _CALL, _CLOSURE, _PROMISE, _DOTS))
_ELEMENTS: Final[dict[int, Kind]] = {
    **dict.fromkeys((10, 13), "integer"), 14: "real", 15: "complex", 24: "raw",
}  # fmt: skip
_HAS_ATTRIBUTES: Final = 1 << 9
_HAS_TAG: Final = 1 << 10
_ACTIVE: Final = 1 << 27  # the bit of a cell whose value is asked of a function
_PARTS: Final = 5  # bindings, enclosing environment, attributes, S4 or not, locked or not
_DEEPEST: Final = 100_000
_MOST_SCOPES: Final = 5000
_MOST_NAMES: Final = 500
_MOST_ARGS: Final = 20
_QUALIFIED: Final = ("::", ":::")


class _Scope(msgspec.Struct):
    """Code that belongs together: what it is, and what it names and calls.

    A promise is `lazy` as long as it has no value: only then does anything run its code.
    """

    kind: str
    at: int
    lazy: bool = True
    calls: list[tuple[str, list[str]]] = []
    names: dict[str, None] = {}

    def fact(self) -> Fact:
        """Return it as a fact."""
        at = Location(self.at)
        if self.kind == "altrep":
            return Reference(target="::".join(reversed(list(self.names)[:2])), role="altrep", at=at)
        called = {
            (args[-1] if name in _QUALIFIED and args else name, tuple(args))
            for name, args in self.calls
        }
        known = {name for name, _ in called}
        references = [CodeReference(name, True, args) for name, args in sorted(called)]
        references += [CodeReference(name) for name in self.names if name not in known]
        listing = [f"{name}({', '.join(map(repr, args))})" for name, args in self.calls[:50]]
        return Code(
            name=self.kind,
            language="r",
            references=tuple(references),
            listing=tuple(listing),
            at=at,
        )


class _Task(msgspec.Struct):
    """Something still to be read, `times` over.

    `role` is where an item stands: a plain `value`, the `head` of a call, in the `frame` of an
    environment, `bound` in one, an `active` function, or what a promise `holds`; an `entry` of a
    database, which may be a list that an environment is made of, whose first item holds the
    `bindings`; or a step in reading byte code. `call` is the call of the scope that it is an
    argument of.
    """

    role: str = "value"
    scope: _Scope | None = None
    call: int = -1
    times: int = 1


class Walk:
    """The state of a walk over one value, which may be an `entry` of a database."""

    def __init__(self, stream: Stream, budget: Budget, role: str = "value") -> None:
        self.stream = stream
        self.budget = budget
        self._stack = [_Task(role)]
        self._symbols: list[str | None] = []
        self._scopes: list[_Scope] = []

    def run(self) -> None:
        """Read the value. Raises `ReadError` and `BudgetError`; what was found stays."""
        steps, stack = 0, self._stack
        while stack:
            task = stack[-1]
            task.times -= 1
            if task.times <= 0:
                stack.pop()
            if task.times >= 0:
                self._step(task)
            steps += 1
            if len(stack) > _DEEPEST:
                raise ReadError(f"nested more than {_DEEPEST} levels deep", self.stream.position)
            if steps % 65536 == 0:
                self.budget.tick()

    def facts(self) -> Iterator[Fact]:
        """Yield what was found."""
        yield from (scope.fact() for scope in self._scopes if scope.lazy)

    def _step(self, task: _Task) -> None:
        match task.role:
            case "value":
                self._item(task)
            case "bytecode":
                self._push(task, "constants", "value")
            case "constants":
                self._stack.append(_Task("constant", task.scope, times=self._count()))
            case "constant":
                self._constant(task, self.stream.integer())
            case "typed" | "typed head":
                self._typed(task, self.stream.integer())
            case _:
                self._item(task)

    def _push(self, task: _Task, *roles: str) -> None:
        """Put more of the scope of `task` on the stack; the last is read first."""
        self._stack += [_Task(role, task.scope, task.call) for role in roles]

    def _aside(self, wanted: bool = True) -> None:
        """Put a value on the stack that is no part of any code."""
        if wanted:
            self._stack.append(_Task())

    def _count(self) -> int:
        count = self.stream.integer()
        if count == -1:
            count = (self.stream.integer() << 32) + (self.stream.integer() & 0xFFFFFFFF)
        if count < 0:
            raise ReadError(f"a length of {count}", self.stream.position)
        return count

    def _item(self, task: _Task) -> None:
        at = self.stream.position
        flags = self.stream.integer()
        kind = flags & 255
        attributes = bool(flags & _HAS_ATTRIBUTES)
        if task.role == "holds" and task.scope is not None:
            task.scope.lazy = kind == _UNBOUND
            task = _Task()
        if kind == _SYMBOL:
            self._symbol(task)
        elif kind == _REFERENCE:
            self._refer(task, flags >> 8 or self.stream.integer())
        elif kind == _CHARACTERS:
            self._text(task)
        elif kind in _CELLS:
            self._cell(task, kind, flags, at)
        elif kind in _ELEMENTS:
            self.stream.skip(_ELEMENTS[kind], self._count())
            self._aside(attributes)
        elif kind in (_STRINGS, _VECTOR, _EXPRESSION):
            self._aside(attributes)
            self._elements(task, kind, self._count())
        elif kind not in _SINGLE:
            self._rare(task, kind, attributes, at)

    def _elements(self, task: _Task, kind: int, count: int) -> None:
        role = {"frame": "frame", "bindings": "bound"}.get(task.role, "value")
        if task.role == "entry" and kind == _VECTOR and count == _PARTS:
            self._stack += [_Task(times=count - 1), _Task("bindings")]
        else:
            self._stack.append(_Task(role, task.scope, task.call, count))

    def _rare(self, task: _Task, kind: int, attributes: bool, at: int) -> None:
        if kind == _ENVIRONMENT:
            self.stream.integer()  # whether it is locked
            self._symbols.append(None)
            # What is around it, its frame, its hash table, its attributes.
            self._stack += [_Task(), _Task("frame"), _Task("frame"), _Task()]
        elif kind in (_PERSISTENT, _PACKAGE, _NAMESPACE):
            self.stream.integer()
            self._symbols.append(None)
            self._stack.append(_Task(times=self._count()))
        elif kind in (_SPECIAL, _BUILTIN):
            self._name(task, self.stream.text(self.stream.integer()))
        elif kind == _BYTECODE:
            self.stream.integer()  # how many of its expressions are shared
            self._aside(attributes)
            self._push(task, "bytecode")
        elif kind in (_POINTER, _WEAK):
            self._symbols.append(None)
            self._aside(attributes)
            self._stack += [_Task(), _Task()] if kind == _POINTER else []
        elif kind == _ALTREP:
            self._stack += [_Task(), _Task(), _Task(scope=self._scope("altrep", at))]
        elif kind == _S4:
            self._aside(attributes)
        else:
            raise ReadError(f"there is no type {kind}", at)

    def _cell(self, task: _Task, kind: int, flags: int, at: int) -> None:
        """Read what has attributes, a tag, and two parts: lists, calls, closures, promises."""
        scope, call = task.scope, task.call
        first = second = "value"
        if kind == _PROMISE:
            place = "promise of an environment" if task.role == "bound" else "promise"
            scope, call, first = self._scope(place, at), -1, "holds"
        elif kind == _CLOSURE:
            name = "active binding" if task.role == "active" else "closure"
            scope = scope or self._scope(name, at)
        elif kind == _CALL:
            first, call = "head", self._open_call(scope)
        elif task.role == "frame":
            first, second = "active" if flags & _ACTIVE else "bound", "frame"
        self._push(_Task(scope=scope, call=call), second, first)
        self._aside(bool(flags & _HAS_TAG))
        self._aside(bool(flags & _HAS_ATTRIBUTES))

    def _scope(self, kind: str, at: int) -> _Scope:
        scope = _Scope(kind, at)
        if len(self._scopes) < _MOST_SCOPES:
            self._scopes.append(scope)
        return scope

    def _open_call(self, scope: _Scope | None) -> int:
        if scope is None or len(scope.calls) >= _MOST_NAMES:
            return -1
        scope.calls.append(("?", []))
        return len(scope.calls) - 1

    def _symbol(self, task: _Task) -> None:
        at = self.stream.position
        if self.stream.integer() & 255 != _CHARACTERS:
            raise ReadError("a symbol has no name", at)
        name = self._characters()
        self._symbols.append(name)
        self._name(task, name)

    def _refer(self, task: _Task, index: int) -> None:
        if not 0 < index <= len(self._symbols):
            raise ReadError(f"a reference to {index}, which is not there", self.stream.position)
        name = self._symbols[index - 1]
        if name is not None:
            self._name(task, name)

    def _name(self, task: _Task, name: str) -> None:
        """Note that code names something, and calls it where it is the head of a call."""
        scope, call = task.scope, task.call
        if scope is None:
            return
        if task.role == "head":
            if call >= 0:
                scope.calls[call] = (name, scope.calls[call][1])
            return
        if call >= 0 and scope.calls[call][0] in _QUALIFIED:
            scope.calls[call][1].append(name)
        if len(scope.names) < _MOST_NAMES:
            scope.names[name] = None

    def _text(self, task: _Task) -> None:
        text = self._characters()
        if task.scope is not None and task.call >= 0:
            args = task.scope.calls[task.call][1]
            if len(args) < _MOST_ARGS:
                args.append(text)

    def _characters(self) -> str:
        length = self.stream.integer()
        return "NA" if length == -1 else self.stream.text(length)

    def _constant(self, task: _Task, kind: int) -> None:
        """Read a constant of byte code, whose type stands in front of it."""
        if kind == _BYTECODE:
            self._push(task, "bytecode")
        elif kind in (_CALL, _LIST, _SHARING, _SHARED, _CALL_WITH, _LIST_WITH):
            self._typed(task, kind)
        else:
            self._push(task, "value")

    def _typed(self, task: _Task, kind: int) -> None:
        """Read an expression of byte code, parts of which may be shared."""
        if kind == _SHARED:
            self.stream.integer()
            return
        if kind == _SHARING:
            self.stream.integer()
            kind = self.stream.integer()
        if kind not in (_CALL, _LIST, _CALL_WITH, _LIST_WITH):
            self._push(task, "head" if task.role == "typed head" else "value")
            return
        calls = kind in (_CALL, _CALL_WITH)
        call = self._open_call(task.scope) if calls else task.call
        self._push(_Task(scope=task.scope, call=call), "typed", "typed head" if calls else "typed")
        self._aside()
        self._aside(kind in (_CALL_WITH, _LIST_WITH))
