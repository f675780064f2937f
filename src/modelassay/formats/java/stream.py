"""The grammar of a stream, followed without recursion.

Source: Java Object Serialization Specification, 6.4.1 (rules), 6.4.2 (terminal symbols). Each rule
is a generator that yields the rules inside it; they stand on a stack of their own.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, Final, TypeAlias

import msgspec

from modelassay.core.errors import BudgetError, ReadError
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.cursor import Cursor

MAGIC: Final = b"\xac\xed\x00\x05"

_NULL, _REFERENCE, _CLASSDESC, _OBJECT, _STRING, _ARRAY, _CLASS = range(0x70, 0x77)
_BLOCK, _END, _RESET, _LONG_BLOCK, _EXCEPTION, _LONG_STRING, _PROXY, _ENUM = range(0x77, 0x7F)
_FIRST_HANDLE: Final = 0x7E0000
_WRITES, _SERIALIZABLE, _EXTERNALIZABLE, _IN_BLOCKS = 1, 2, 4, 8
_SIZES: Final = {"B": 1, "C": 2, "D": 8, "F": 4, "I": 4, "J": 8, "S": 2, "Z": 1}
_DEEPEST: Final = 10_000
_MOST_HANDLES: Final = 2_000_000
_MOST_NAMES: Final = 5000
_MOST_PAYLOADS: Final = 200
_MOST_SUPERS: Final = 200
_PAYLOADS: Final = (MAGIC, b"\xca\xfe\xba\xbe", b"PK\3\4")
_LOOKUP: Final = re.compile(r"(?i)(?:ldaps?|rmi|iiop|corbaname|corbaloc|jndi|dns|jrmp|jar|https?):")

Rule: TypeAlias = Generator[Any, Any, Any]


class Descriptor(msgspec.Struct):
    """A class as the stream describes it: the types of its fields in order, and its base."""

    name: str
    flags: int
    fields: list[str]
    base: Descriptor | None = None


class Reader:
    """One pass over a stream. What was found stays, wherever it ends."""

    def __init__(self, blob: Blob, budget: Budget) -> None:
        self.cursor = Cursor(blob, len(MAGIC))
        self.budget = budget
        self.handles: list[Descriptor | None] = []
        self.classes: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.interfaces: dict[str, int] = {}
        self.lookups: dict[str, int] = {}
        self.payloads: list[tuple[int, int]] = []
        self.plain = 0

    def run(self) -> ReadError | None:
        """Follow the stream to its end; return what is wrong, if anything is."""
        steps = 0
        stack: list[Rule] = []
        result: Any = None
        try:
            while stack or self.cursor.left:
                if not stack:
                    stack.append(self._content())
                    result = None
                steps += 1
                if steps % 4096 == 0:
                    self.budget.tick()
                try:
                    stack.append(stack[-1].send(result))
                    result = None
                    if len(stack) > _DEEPEST:
                        raise self._error("objects are nested too deep")
                except StopIteration as end:
                    stack.pop()
                    result = end.value
        except ReadError as error:
            return error
        except BudgetError as error:
            return ReadError(str(error), self.cursor.position)
        return None

    def _error(self, message: str) -> ReadError:
        return ReadError(message, self.cursor.position)

    def _content(self) -> Rule:
        """Read an object or data; return its descriptor if it is one, and the code at its start."""
        at = self.cursor.position
        code = self.cursor.u8()
        if code == _OBJECT:
            yield self._object(at)
        elif code == _ARRAY:
            yield self._array()
        elif code in (_STRING, _LONG_STRING):
            self._new(None)
            self._text(at, self._number(2 if code == _STRING else 8))
        elif code in (_CLASSDESC, _PROXY):
            return (yield self._described(code))
        elif code == _REFERENCE:
            return self._known(self._number(4))
        elif code == _CLASS:
            yield self._description()
            self._new(None)
        elif code == _ENUM:
            yield self._description()
            self._new(None)
            yield self._content()
        elif code in (_BLOCK, _LONG_BLOCK):
            self._data(self._number(1 if code == _BLOCK else 4))
        elif code == _RESET:
            self.handles.clear()
        elif code == _EXCEPTION:
            self.handles.clear()
            yield self._content()
            self.handles.clear()
        elif code != _NULL:
            self.cursor.position = at
            raise self._error(f"code {code:#x} where an object should start")
        return None

    def _number(self, size: int) -> int:
        return int.from_bytes(self.cursor.read(size), "big")

    def _utf(self) -> str:
        return self.cursor.read(self._number(2)).decode("utf-8", "replace")

    def _text(self, at: int, length: int) -> None:
        if length <= 4096:
            text = self.cursor.read(length).decode("utf-8", "replace")
            if _LOOKUP.match(text) and len(self.lookups) < _MOST_NAMES:
                self.lookups.setdefault(text, at)
        else:
            self.cursor.skip(length)

    def _data(self, size: int) -> None:
        """Step over bytes that a class wrote, or note them where they are a stream themselves."""
        at = self.cursor.position
        if size >= 4 and len(self.payloads) < _MOST_PAYLOADS:
            head = self.cursor.blob.read_at(at, 4)
            if head.startswith(_PAYLOADS):
                self.payloads.append((at, size))
        self.cursor.skip(size)
        self.plain += size

    def _new(self, descriptor: Descriptor | None) -> None:
        if len(self.handles) >= _MOST_HANDLES:
            raise self._error(f"more than {_MOST_HANDLES} objects")
        self.handles.append(descriptor)

    def _known(self, handle: int) -> Descriptor | None:
        index = handle - _FIRST_HANDLE
        if not 0 <= index < len(self.handles):
            raise self._error(f"handle {handle:#x} stands for nothing")
        return self.handles[index]

    def _description(self) -> Rule:
        """Read a class descriptor, a reference to one, or nothing."""
        at = self.cursor.position
        code = self.cursor.u8()
        if code == _NULL:
            return None
        if code == _REFERENCE:
            return self._known(self._number(4))
        if code in (_CLASSDESC, _PROXY):
            return (yield self._described(code))
        self.cursor.position = at
        raise self._error(f"code {code:#x} where a class should be described")

    def _described(self, code: int) -> Rule:
        at = self.cursor.position - 1
        if code == _PROXY:
            descriptor = Descriptor("", _SERIALIZABLE, [])
            self._new(descriptor)
            count = self._number(4)
            if count > 65535:
                raise self._error(f"a proxy of {count} interfaces")
            for _ in range(count):
                name = self._utf()
                if len(self.interfaces) < _MOST_NAMES:
                    self.interfaces.setdefault(name, at)
        else:
            descriptor = Descriptor(self._utf(), 0, [])
            self.cursor.skip(8)
            self._new(descriptor)
            if len(self.classes) < _MOST_NAMES:
                self.classes.setdefault(descriptor.name, at)
            descriptor.flags = self.cursor.u8()
            for _ in range(self._number(2)):
                kind = chr(self.cursor.u8())
                self._utf()
                if kind in "[L":
                    yield self._content()
                elif kind not in _SIZES:
                    raise self._error(f"a field of type {kind!r}")
                descriptor.fields.append(kind)
        yield self._annotation()
        descriptor.base = yield self._description()
        return descriptor

    def _annotation(self) -> Rule:
        """Read what a class wrote by itself, up to its end."""
        while True:
            if self.cursor.left and self.cursor.blob.read_at(self.cursor.position, 1)[0] == _END:
                self.cursor.skip(1)
                return
            yield self._content()

    def _object(self, at: int) -> Rule:
        descriptor: Descriptor | None = yield self._description()
        self._new(None)
        if descriptor is None:
            raise self._error("an object of no class")
        self.counts[descriptor.name] = self.counts.get(descriptor.name, 0) + 1
        chain: list[Descriptor] = []
        while descriptor is not None and len(chain) < _MOST_SUPERS:
            chain.append(descriptor)
            descriptor = descriptor.base
        for one in reversed(chain):
            if one.flags & _EXTERNALIZABLE:
                if not one.flags & _IN_BLOCKS:
                    raise self._error(f"{one.name[:100]} alone knows how it is written")
                yield self._annotation()
            elif one.flags & _SERIALIZABLE:
                yield self._values(one)
                if one.flags & _WRITES:
                    yield self._annotation()

    def _values(self, descriptor: Descriptor) -> Rule:
        for kind in descriptor.fields:
            if kind in _SIZES:
                self.cursor.skip(_SIZES[kind])
            else:
                yield self._content()

    def _array(self) -> Rule:
        descriptor: Descriptor | None = yield self._description()
        self._new(None)
        size = self._number(4)
        kind = descriptor.name[1:2] if descriptor is not None else ""
        if size > 0x7FFFFFFF or not kind:
            raise self._error(f"an array of {size} items of no type")
        if kind in _SIZES:
            self._data(size * _SIZES[kind])
            return
        for _ in range(size):
            yield self._content()
