"""Models of CTranslate2 (`model.bin`, as faster-whisper has them): named arrays, and their aliases.

Source: `ModelSpec._serialize` of `python/ctranslate2/specs/model_spec.py` and `Model::load` of
`src/models/model.cc`, CTranslate2 1.0 to 4.8. From version 4 of the binary form on an array tells
its type and its bytes, before that the size and the number of its elements. Loaders make room for
the shape and read the bytes that are told: both must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location, Metadata, Tensor
from modelassay.core.text import visible
from modelassay.core.values import Const
from modelassay.formats.base import Elements, Event, Incomplete, Notes, Skipped, Source, trailing
from modelassay.io.blob import Blob
from modelassay.io.cursor import Cursor

_NEWEST: Final = 20
_TYPED: Final = 4
_MOST_DIMENSIONS: Final = 8
_MOST_GROUPS: Final = 1000
_TYPES: Final = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
_BYTES: Final = (4, 1, 2, 4, 2, 2)
_TICK: Final = 1024

Key = tuple[str, tuple[int, ...]]


def identify(blob: Blob) -> bool:
    """Whether a version, the name of a model's class and the first array's name stand in front."""
    cursor = Cursor(blob)
    try:
        version = cursor.u32()
        if not 2 <= version <= _NEWEST or not _word(cursor).isidentifier():
            return False
        revision, count = cursor.u32(), cursor.u32()
        return revision < 1000 and 0 < count < 1 << 24 and _word(cursor).isprintable()
    except (ReadError, ValueError):
        return False


def parse(source: Source) -> Iterator[Event]:
    """Yield the model's class, its arrays, and where they do not hold."""
    cursor, notes = Cursor(source.blob), Notes()
    groups: dict[Key, Tensor] = {}
    trouble = ""
    try:
        version = cursor.u32()
        yield Metadata(key="class", value=Const(visible(_word(cursor))))
        yield Metadata(key="revision", value=Const(cursor.u32()))
        for number in range(cursor.u32()):
            if number % _TICK == 0:
                source.budget.tick()
            place = _array(cursor, version, notes, groups)
            if source.deep:
                yield place
        for number in range(cursor.u32() if version > 2 else 0):
            if number % _TICK == 0:
                source.budget.tick()
            _word(cursor), _word(cursor)
    except (ReadError, ValueError) as error:
        trouble = f"the model is broken: {error}"
        at = error.offset if isinstance(error, ReadError) else cursor.position
        yield Anomaly(kind="model-structure", message=trouble, at=Location(at))
    yield from groups.values()
    yield from notes.anomalies
    yield Skipped("tensor data", cursor.position)
    if trouble:
        yield Incomplete(trouble)
    else:
        yield from trailing(source.blob, cursor.position, "the model")


def _word(cursor: Cursor) -> str:
    """Return a text that ends in a zero, behind its length. Raises `ReadError` or `ValueError`."""
    data = cursor.read(cursor.u16())
    if data[-1:] != b"\0" or b"\0" in data[:-1]:
        raise ReadError("a name does not end where it says", cursor.position)
    return data[:-1].decode()


def _array(cursor: Cursor, version: int, notes: Notes, groups: dict[Key, Tensor]) -> Elements:
    start, name = cursor.position, _word(cursor)
    rank = cursor.u8()
    if rank > _MOST_DIMENSIONS:
        raise ReadError(f"an array has {rank} dimensions", cursor.position - 1)
    shape = cursor.unpack(f"<{rank}I")
    kind, size = cursor.u8(), cursor.u32()
    if version < _TYPED:
        wanted, dtype, size = prod(shape) * kind, f"bytes{kind}", size * kind
    elif kind < len(_TYPES):
        wanted, dtype = prod(shape) * _BYTES[kind], _TYPES[kind]
    else:
        raise ReadError(f"there is no type {kind}", cursor.position - 5)
    if wanted != size:
        message = f"the array {visible(name)[:200]!r} needs {wanted} bytes and has {size}"
        notes.add("model-structure", message, start, wanted, size)
    data = cursor.position
    cursor.skip(size)
    key = (dtype, shape) if len(groups) < _MOST_GROUPS else (dtype, ())
    group = groups.get(key)
    if group is None:
        place = Location(start)
        group = Tensor(name=name, dtype=dtype, shape=key[1], size=size, count=0, at=place)
        groups[key] = group
    group.count += 1
    return Elements(name, dtype, data, size, shape)
