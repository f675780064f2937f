"""fastText models (`.bin`, `.ftz`): a dictionary and two matrices, whole or quantized.

Source: `FastText::loadModel` in `src/fasttext.cc`, `Args::load`, `Dictionary::load`,
`DenseMatrix::load`, `QuantMatrix::load` and `ProductQuantizer::load` of fastText 0.1 to 0.9.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.core.facts import Anomaly, Location, Metadata, Tensor
from modelassay.core.values import Const
from modelassay.formats.base import Event, Incomplete, Skipped, Source, trailing
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget
from modelassay.io.cursor import Cursor

MAGIC: Final = (793_712_314).to_bytes(4, "little")
_ARGUMENTS: Final = 56
_ENTRY: Final = 9  # a count and a type, behind the word
_LONGEST: Final = 1 << 16
_WINDOW: Final = 1 << 16
_CENTROIDS: Final = 256


def identify(blob: Blob) -> bool:
    """Whether `blob` has the magic and a version."""
    head = blob.head(8)
    return head[:4] == MAGIC and 0 < int.from_bytes(head[4:], "little") < 100


def parse(source: Source) -> Iterator[Event]:
    """Yield the matrices, and what does not hold."""
    cursor = Cursor(source.blob, 4)
    trouble = ""
    try:
        yield from _model(cursor, source.budget)
    except ReadError as error:
        trouble = f"the model is broken: {error}"
        yield Anomaly(kind="model-structure", message=trouble, at=Location(error.offset))
    yield Skipped("vectors", cursor.position)
    if trouble:
        yield Incomplete(trouble)
    else:
        yield from trailing(source.blob, cursor.position, "the last matrix")


def _model(cursor: Cursor, budget: Budget) -> Iterator[Event]:
    version = cursor.u32()
    yield Metadata(key="fasttext-version", value=Const(version), at=Location(4))
    cursor.skip(_ARGUMENTS)
    words, _, _ = cursor.u32(), cursor.u32(), cursor.u32()
    cursor.skip(8)
    pruned = int.from_bytes(cursor.read(8), "little", signed=True)
    _words(cursor, words, budget)
    cursor.skip(8 * max(pruned, 0))
    yield _matrix(cursor, bool(cursor.u8()), "input")
    yield _matrix(cursor, bool(cursor.u8()), "output")


def _words(cursor: Cursor, count: int, budget: Budget) -> None:
    """Step over words that end in a zero, each with a count and a type behind it."""
    if count > cursor.left // (1 + _ENTRY):
        raise ReadError(f"{count} words in {cursor.left} bytes", cursor.position)
    window, start = b"", 0
    for number in range(count):
        if number % 65536 == 0:
            budget.tick()
        index = cursor.position - start
        end = window.find(b"\0", index)
        if end < 0:
            start, index = cursor.position, 0
            window = cursor.blob.read_at(start, _WINDOW)
            end = window.find(b"\0")
            if end < 0:
                raise ReadError("a word does not end", start)
        cursor.skip(end - index + 1 + _ENTRY)


def _matrix(cursor: Cursor, quantized: bool, name: str) -> Tensor:
    start = cursor.position
    normed = bool(cursor.u8()) if quantized else False
    rows, columns = cursor.u64(), cursor.u64()
    if quantized:
        cursor.skip(cursor.u32())
        _quantizer(cursor)
        if normed:
            cursor.skip(rows)
            _quantizer(cursor)
    else:
        cursor.skip(min(rows * columns * 4, 1 << 80))
    dtype = "quantized" if quantized else "float32"
    size, at = cursor.position - start, Location(start)
    return Tensor(name=name, dtype=dtype, shape=(rows, columns), size=size, at=at)


def _quantizer(cursor: Cursor) -> None:
    dimension = cursor.u32()
    cursor.skip(12)
    cursor.skip(4 * dimension * _CENTROIDS)
