"""Numbers in bytes that state none: of which width they are, and where the first of them starts.

The data of a checkpoint, or what an ONNX model keeps outside, states nothing of itself; other
formats do not tell where their tensors lie. The leading bytes of real weights take few values,
since exponents do, and those behind them take nearly all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from modelassay.formats.base import Elements
from modelassay.io.blob import Blob

_NAMES: Final = {2: "float16", 4: "float32", 8: "float64"}
_SAMPLE: Final = 8 << 10
_MOST_SAMPLES: Final = 512
_FEW, _MANY = 128, 200
_MOST_GUESSES: Final = 3
_UNLIKELY: Final = 64 << 20  # so much is taken for numbers of each width that looks like none


def guessed(blob: Blob, known: bool) -> list[list[Elements]]:
    """Return what the bytes of `blob` may be, likeliest first. Raises `ReadError`.

    Bytes of a `known` format that look like no numbers are none.
    """
    votes: Counter[tuple[int, int]] = Counter()
    step = max(_SAMPLE, blob.size // _MOST_SAMPLES // _SAMPLE * _SAMPLE)
    for offset in range(0, blob.size, step):
        votes.update(_aligned(blob.read_at(offset, _SAMPLE)))
    likely = [vote for vote, _ in votes.most_common(_MOST_GUESSES)]
    if known and not likely:
        return []
    size = blob.size if likely else min(blob.size, _UNLIKELY)
    return [
        [Elements("", _NAMES[width], start, size - start)]
        for width, start in likely or ((width, 0) for width in _NAMES)
    ]


def _aligned(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (width, start) of the narrowest numbers that `data` may hold."""
    for width in _NAMES:
        values = [len(set(data[place::width])) for place in range(width)]
        if max(values) >= _MANY and min(values) <= _FEW:
            leading = [place for place, count in enumerate(values) if count <= _FEW]
            # In front of the noise of the next element, and behind that of its own.
            leading.sort(key=lambda at: (values[at + 1 - width] < _MANY, values[at - 1] < _MANY))
            yield from ((width, (place + 1) % width) for place in leading[:_MOST_GUESSES])
            return
