"""Torch7: objects of Lua that `torch.save` wrote, binary or ascii (`.t7`).

Sources: `File.lua`, `generic/Tensor.c`, `generic/Storage.c` and `lib/TH/THDiskFile.c` of torch7.
Functions are stored as byte code, or source, which `torch.load` hands to `loadstring`. An object of
a class stands as its name and then a table, but for tensors and storages; classes that read
themselves in another way cannot be followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Code, CodeReference, Location, Metadata, Tensor
from modelassay.core.values import Const
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_NIL, _NUMBER, _STRING, _TABLE, _TORCH, _BOOLEAN = 0, 1, 2, 3, 4, 5
_FUNCTIONS: Final = (6, 7, 8)  # the first has no index
_VERSION: Final = re.compile(r"V -?[0-9]{1,6}\Z")
_CLASS: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_ARRAY: Final = re.compile(r"torch\.(Cuda)?(\w*?)(Tensor|Storage)\Z")
_WIDTHS: Final = {"Byte": 1, "Char": 1, "Short": 2, "Int": 4, "Long": 8, "Float": 4, "Double": 8,
                  "Half": 2, "": 4}  # fmt: skip
_WORDS: Final = re.compile(rb"[A-Za-z_][A-Za-z_0-9]{1,60}")
_DUMPED: Final = (b"\x1bLua", b"\x1bLJ")
_MOST_FACTS: Final = 5000
_MOST_WORDS: Final = 500
_LARGEST_CODE: Final = 1 << 22
_LARGEST_ASCII: Final = 1 << 28
_DEEPEST: Final = 1_000_000
_LONGEST_CLASS: Final = 200


class Numbers:
    """A position in a binary file; every read moves it forward or raises `ReadError`."""

    spaced = False

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self.position = 0

    def integer(self) -> int:
        """Return an `int` of C."""
        return int.from_bytes(self.raw(4), "little", signed=True)

    def long(self) -> int:
        """Return a `long` of C, of eight bytes."""
        return int.from_bytes(self.raw(8), "little", signed=True)

    def number(self) -> None:
        """Step over a `double`."""
        self.skip(8)

    def text(self, length: int) -> bytes:
        """Return characters."""
        return self.raw(length)

    def array(self, count: int, width: int) -> None:
        """Step over the elements of a storage."""
        self.skip(count * width)

    def raw(self, length: int) -> bytes:
        """Return exactly so many bytes."""
        start = self.position
        self.skip(length)
        return self.blob.read_at(start, length)

    def skip(self, length: int) -> None:
        """Step over bytes."""
        if not 0 <= length <= self.blob.size - self.position:
            raise ReadError(
                f"{length} bytes wanted, {self.blob.size - self.position} left", self.position
            )
        self.position += length


class Words(Numbers):
    """The same in ascii: numbers parted by white space, a line break behind each text."""

    spaced = True
    _WORD: Final = re.compile(rb"[ \t\r\n]*([^ \t\r\n]{1,100})\n?")

    def __init__(self, blob: Blob) -> None:
        super().__init__(blob)
        if blob.size > _LARGEST_ASCII:
            raise ReadError(f"ascii of more than {_LARGEST_ASCII} bytes is not read", 0)
        self._data = blob.head(_LARGEST_ASCII)

    def integer(self) -> int:
        """See `Numbers`."""
        word = self._word()
        if not re.fullmatch(rb"-?[0-9]{1,19}", word):
            raise ReadError(f"a number is wanted, {word[:40]!r} found", self.position)
        return int(word)

    long = integer

    def number(self) -> None:
        """See `Numbers`."""
        self._word()

    def text(self, length: int) -> bytes:
        """See `Numbers`."""
        data = self.raw(length)
        if self._data[self.position : self.position + 1] == b"\n":
            self.position += 1
        return data

    def array(self, count: int, width: int) -> None:
        """See `Numbers`; elements of one byte stand as they are."""
        if width == 1:
            self.text(count)
        elif not 0 <= count <= self.blob.size - self.position:
            raise ReadError(f"{count} elements wanted", self.position)
        else:
            for _ in range(count):
                self._word()

    def _word(self) -> bytes:
        found = self._WORD.match(self._data, self.position)
        if found is None:
            raise ReadError("the file ends in the middle", self.position)
        self.position = found.end()
        return found[1]


def identify(blob: Blob) -> bool:
    """Whether an object with a class, a table with a key, or a function stands at the start."""
    head = blob.head(4)
    try:
        reader = (Words if head[:1].isdigit() and head[1:2] == b"\n" else Numbers)(blob)
        kind = reader.integer()
        if kind == _TORCH and reader.integer() == 1:
            return bool(_CLASS.match(_class(reader)))
        if kind == _TABLE and reader.integer() == 1:
            return 0 < reader.integer() <= blob.size and _is_key(reader)
        if kind not in _FUNCTIONS or (kind != 6 and reader.integer() != 1):
            return False
        return reader.text(min(max(reader.integer(), 0), 4)).startswith(b"\x1bL")
    except ReadError:
        return False


def _is_key(reader: Numbers) -> bool:
    kind = reader.integer()
    if kind == _STRING:
        size = reader.integer()
        return 0 < size < 200 and reader.text(size).decode("utf-8", "replace").isprintable()
    start = reader.position
    if kind == _NUMBER and not reader.spaced:
        reader.number()
        return reader.blob.read_at(start, 8) == b"\0\0\0\0\0\0\xf0\x3f"  # 1.0
    return kind == _NUMBER


def _class(reader: Numbers) -> str:
    """Return the name of a class, which a version stands in front of in newer files."""
    name = _short(reader)
    return _short(reader) if _VERSION.match(name) else name


def _short(reader: Numbers) -> str:
    size = reader.integer()
    if not 0 < size <= _LONGEST_CLASS:
        raise ReadError(f"a name of {size} bytes", reader.position)
    return reader.text(size).decode("utf-8", "backslashreplace")


def parse(source: Source) -> Iterator[Event]:
    """Yield functions, classes and tensors, and what stands behind the object."""
    blob = source.blob
    trouble = ""
    head = blob.head(2)
    try:
        reader: Numbers = (Words if head[:1].isdigit() and head[1:] == b"\n" else Numbers)(blob)
    except ReadError as error:
        yield Incomplete(str(error))
        return
    walk = _Walk(reader, source.budget)
    try:
        walk.run()
    except ReadError as error:
        trouble = f"the object is broken, or of a class that reads itself: {error}"
        yield Anomaly(kind="model-structure", message=trouble, at=Location(error.offset))
    yield from walk.functions
    yield from walk.tensors.values()
    for name in walk.classes:
        yield Metadata(key="class", value=Const(name))
    yield Skipped("tensor data", walk.stored)
    if trouble:
        yield Incomplete(trouble)
    left = blob.size - reader.position
    if left and blob.read_at(reader.position, left if left < 64 else 64).strip():
        if not trouble:
            message = f"{left} bytes stand behind the object"
            yield Anomaly(kind="trailing-bytes", message=message, at=Location(reader.position))
        yield Child(f"@{reader.position}", blob.sub(reader.position), role="tail")


class _Todo(msgspec.Struct):
    """So many objects that still have to be read."""

    times: int


class _Walk:
    """The state of a walk over one object and all in it."""

    def __init__(self, reader: Numbers, budget: Budget) -> None:
        self.reader = reader
        self.budget = budget
        self.functions: list[Code] = []
        self.tensors: dict[tuple[str, tuple[int, ...]], Tensor] = {}
        self.classes: dict[str, None] = {}
        self.stored = 0
        self._seen: set[int] = set()

    def run(self) -> None:
        """Read all of it, without recursion. Raises `ReadError`."""
        pending, steps = [_Todo(1)], 0
        while pending:
            todo = pending[-1]
            todo.times -= 1
            if todo.times <= 0:
                pending.pop()
            if todo.times >= 0:
                inner = self._object()
                if inner:
                    pending.append(_Todo(inner))
            if len(pending) > _DEEPEST:
                raise ReadError(f"nested more than {_DEEPEST} levels deep", self.reader.position)
            steps += 1
            if steps % 65536 == 0:
                self.budget.tick()

    def _object(self) -> int:
        """Read one object, and return how many follow that are part of it."""
        reader = self.reader
        at = reader.position
        kind = reader.integer()
        if kind == _NUMBER:
            reader.number()
        elif kind == _BOOLEAN:
            reader.integer()
        elif kind == _STRING:
            reader.text(reader.integer())
        elif kind == 6:
            return self._function(at)
        elif kind in (_TABLE, _TORCH, *_FUNCTIONS):
            index = reader.integer()
            if index in self._seen:
                return 0
            self._seen.add(index)
            if kind == _TABLE:
                return self._pairs()
            return self._instance(at) if kind == _TORCH else self._function(at)
        elif kind != _NIL:
            raise ReadError(f"there is no type {kind}", at)
        return 0

    def _pairs(self) -> int:
        size = self.reader.integer()
        if not 0 <= size <= self.reader.blob.size:
            raise ReadError(f"a table of {size} entries", self.reader.position)
        return 2 * size

    def _function(self, at: int) -> int:
        size = self.reader.integer()
        code = self.reader.text(size)
        if len(self.functions) < _MOST_FACTS:
            self.functions.append(_code(code, at))
        return 1  # what it refers to outside of itself

    def _instance(self, at: int) -> int:
        name = _class(self.reader)
        if len(self.classes) < _MOST_FACTS:
            self.classes[name[:_LONGEST_CLASS]] = None
        array = _ARRAY.match(name)
        if array is None or array[2] not in _WIDTHS:
            return 1
        width = _WIDTHS[array[2]]
        if array[3] == "Tensor":
            return self._tensor(array[2].lower() or "float", width, at)
        count = self.reader.long()
        self.reader.array(count, width)
        self.stored += count * width
        return 0

    def _tensor(self, dtype: str, width: int, at: int) -> int:
        sides = self.reader.integer()
        if not 0 <= sides <= 64:
            raise ReadError(f"a tensor of {sides} dimensions", at)
        shape = tuple(self.reader.long() for _ in range(sides))
        for _ in range(sides + 1):
            self.reader.long()  # strides, and where it starts
        size = width
        for side in shape:
            size = min(size * max(side, 0), 1 << 80)
        key = (dtype, shape)
        if key in self.tensors:
            self.tensors[key].count += 1
        elif len(self.tensors) < _MOST_FACTS:
            self.tensors[key] = Tensor(
                name="", dtype=dtype, shape=shape, size=size, at=Location(at)
            )
        return 1  # its storage


def _code(data: bytes, at: int) -> Code:
    """Return a function: the names that stand in its byte code or source."""
    words = dict.fromkeys(word[0].decode() for word in _WORDS.finditer(data[:_LARGEST_CODE]))
    kept = list(words)[:_MOST_WORDS]
    kind = "byte code" if data.startswith(_DUMPED) else "source"
    return Code(
        name="function",
        language="lua",
        references=tuple(CodeReference(word) for word in kept),
        listing=(f"{len(data)} bytes of {kind}",),
        complete=len(data) <= _LARGEST_CODE and len(words) <= _MOST_WORDS,
        at=Location(at),
    )
