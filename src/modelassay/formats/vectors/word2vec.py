"""word2vec vectors in binary (`.bin`): a line with two numbers, then words and their vectors.

Sources: `word2vec.c` of Google's word2vec; `gensim/models/keyedvectors.py`. There is no magic: a
file is taken for one if the first words and their vectors lie as the line says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Tensor
from modelassay.formats.base import Child, Event, Incomplete, Skipped, Source
from modelassay.io.blob import Blob
from modelassay.io.budget import Budget

_LINE: Final = re.compile(rb"([1-9][0-9]{0,11}) ([1-9][0-9]{0,5})\r?\n")
_WORD: Final = re.compile(rb"\n?[^ \n\x00]{1,2000} ")
_PROBED: Final = 3
_LONGEST: Final = 2002
_WIDTHS: Final = (4, 2, 8)
_WINDOW: Final = 1 << 20
_SPACES: Final = dict.fromkeys(map(ord, "\t\n\r"))


def identify(blob: Blob) -> bool:
    """Whether words stand where the line at the start has them."""
    return _layout(blob) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield the matrix, and where it ends early."""
    layout = _layout(source.blob)
    if layout is None:
        return
    rows, columns, width, start = layout
    position, read = _walk(source.blob, layout, source.budget)
    dtype, size = f"float{8 * width}", rows * columns * width
    yield Tensor(name="vectors", dtype=dtype, shape=(rows, columns), size=size, at=Location(start))
    yield Skipped("vectors", position)
    if read < rows:
        message = f"{read} of {rows} vectors are there"
        yield Anomaly(kind="model-structure", message=message, at=Location(position))
        yield Incomplete(message)
    rest = source.blob.sub(position)
    if rest.head(_LONGEST).strip(b"\r\n"):
        if read >= rows:
            message = f"{rest.size} bytes stand behind the last vector"
            yield Anomaly(kind="trailing-bytes", message=message, at=Location(position))
        yield Child(f"@{position}", rest, role="tail")


def _layout(blob: Blob) -> tuple[int, int, int, int] | None:
    """Return rows, columns, bytes of a number and where the first word stands."""
    line = _LINE.match(blob.head(32))
    if line is None:
        return None
    rows, columns, start = int(line[1]), int(line[2]), line.end()
    for width in _WIDTHS:
        position = start
        for _ in range(min(rows, _PROBED)):
            word = _WORD.match(blob.read_at(position, _LONGEST))
            position += word.end() + columns * width if word else blob.size + 1
        if position <= blob.size and _binary(blob.read_at(start, _LONGEST)):
            return rows, columns, width, start
    return None


def _binary(data: bytes) -> bool:
    """Whether this is no text: it has control characters, or is not UTF-8."""
    try:
        text = data[: max(len(data) - 3, 1)].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start < len(data) - 6
    return not text.translate(_SPACES).isprintable()


def _walk(blob: Blob, layout: tuple[int, int, int, int], budget: Budget) -> tuple[int, int]:
    """Return where the last whole vector ends, and how many there are."""
    rows, columns, width, position = layout
    window, first = b"", 0
    for number in range(rows):
        if number % 4096 == 0:
            budget.tick()
        index = position - first
        if index + _LONGEST > len(window):
            first, index = position, 0
            window = blob.read_at(position, _WINDOW)
        word = _WORD.match(window, index)
        end = first + word.end() + columns * width if word else blob.size + 1
        if end > blob.size:
            return position, number
        position = end
    return position, rows
