"""Traces: bits of weights that training does not leave, and tools that hide files do.

Sources: EvilModel (arXiv 2107.08590), which keeps the leading byte at one value and writes the
others; T. Gilkarov and R. Dubin, "Steganalysis of AI models LSB attacks" (arXiv 2310.01969).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location
from modelassay.core.values import Const
from modelassay.formats.base import Elements
from modelassay.searching.lowbits import WIDTHS

#: So many values one after the other share a leading byte but for the sign.
_RUN: Final = 1024
_NOISE: Final = 200  # different values that the byte behind it has at least
#: Low bits that are zero in so many of the values, by the bits of the shorter type.
_WIDENED: Final = {4: (16, 13), 8: (29,)}
_MOST_USED: Final = 8  # low bits that stand alone below a gap
_GAP: Final = 5
_FIRST: Final = 64  # values that rule it out for most tensors
#: A tensor is held against its siblings if it is so large, and they are so many.
_LARGE: Final = 1 << 18
_SIBLINGS: Final = 8
_MOST_TOLD: Final = 5


class Traces:
    """What the fronts of tensors of one width give away, each by itself and all together."""

    def __init__(self) -> None:
        self._anomalies: list[Anomaly] = []
        self._widened = 0
        self._full: list[Elements] = []

    def see(self, part: Elements, data: bytes) -> None:
        """Take note of a tensor, and of the elements at its front and behind it."""
        width = WIDTHS[part.dtype]
        if "float" not in part.dtype or len(data) < 2 * _RUN * width:
            return
        told: list[Anomaly] = []
        if width == 4:
            told += _constant_byte(part, data[3::4], data[2::4])
        own = data[: part.size]  # what follows may be of another precision as a whole
        if len(own) >= 2 * _RUN * width and width in _WIDENED:
            told += _low_bits(part, own, width)
            if width == 4 and part.size >= _LARGE and not told:
                self._compare(part, own)
        self._anomalies += told

    def told(self) -> Iterator[Anomaly]:
        """Yield the traces."""
        yield from self._anomalies
        if self._widened < _SIBLINGS * max(len(self._full), 1):
            return
        for part in self._full[:_MOST_TOLD]:
            message = (
                f"the low bits of {part.name[:80]!r} are in use, those of {self._widened} other "
                f"large tensors are zero"
            )
            yield _anomaly("weights-sibling", message, part.offset, self._widened)

    def _compare(self, part: Elements, data: bytes) -> None:
        """Count tensors that were widened, and keep those that were not."""
        lowest = data[0::4].count(0)
        if lowest == len(data) // 4:
            self._widened += len(set(data[3::4])) > 1
        elif lowest < len(data) // 64:
            self._full.append(part)


def _low_bits(part: Elements, data: bytes, width: int) -> Iterator[Anomaly]:
    """Tell of low bits that are odd in values widened from a shorter type."""
    for bits in _WIDENED[width]:
        told = [*_widened(part, data, width, bits), *_gap(part, data, width, bits)]
        if told:
            yield told[0]
            return


def _used(data: bytes, width: int, bits: int) -> int:
    """Return which of so many low bits are set in any of the values."""
    used = 0
    for place in range(-(-bits // 8)):
        for value in set(data[place::width]):
            used |= value << 8 * place
    return used & (1 << bits) - 1


def _gap(part: Elements, data: bytes, width: int, bits: int) -> Iterator[Anomaly]:
    """Tell of low bits that are in use below others that never are, as if written over zeros."""
    used = _used(data[: _FIRST * width], width, bits)
    if used.bit_length() <= _MOST_USED:
        used = _used(data, width, bits)
    count = used.bit_length()
    if not 0 < count <= min(_MOST_USED, bits - _GAP) or used != (1 << count) - 1:
        return
    message = (
        f"only the lowest {count} of the low {bits} bits of {part.name[:80]!r} are in use, in "
        f"{len(data) // width} values looked at"
    )
    yield _anomaly("weights-low-bits", message, part.offset, count, bits)


def _constant_byte(part: Elements, leading: bytes, following: bytes) -> Iterator[Anomaly]:
    first = leading[:_RUN]
    values = set(first)
    low = min(values)
    if values != {low, low | 0x80} or low in (0, 0x7F):
        return
    negative = first.count(low | 0x80)
    if not _RUN // 8 < negative < _RUN * 7 // 8 or len(set(following[:_RUN])) < _NOISE:
        return
    message = (
        f"the first {_RUN} values of {part.name[:80]!r} share the leading byte {low:02x} but for "
        f"the sign, the next byte takes {len(set(following[:_RUN]))} values"
    )
    yield _anomaly("weights-constant-byte", message, part.offset, _RUN)


def _widened(part: Elements, data: bytes, width: int, bits: int) -> Iterator[Anomaly]:
    """Tell of a run of values with low bits, in front of values without."""
    count = len(data) // width
    if data[::width].count(0) <= count // 2:
        return
    mask = (1 << bits) - 1
    odd = [
        index
        for index in range(count)
        if int.from_bytes(data[index * width : index * width + 4], "little") & mask
    ]
    if not count // 64 < len(odd) < count // 2:
        return
    end = odd[-1] + 1
    if len(odd) * 10 < end * 9 or bisect_left(odd, count // 2) != len(odd):
        return
    message = (
        f"the low {bits} bits of {part.name[:80]!r} are zero but for {len(odd)} of its first "
        f"{end} values; of {count} looked at"
    )
    yield _anomaly("weights-low-bits", message, part.offset, len(odd), count)


def _anomaly(kind: str, message: str, offset: int, *values: int) -> Anomaly:
    constants = tuple(Const(value) for value in values)
    return Anomaly(kind=kind, message=message, values=constants, at=Location(offset))
