"""Streams of bits taken out of the elements of tensors, in the orders that tools write them.

Sources: EvilModel (arXiv 2107.08590, bytes below the leading one), StegoNet (least significant
bits, signs), the least-significant-bit tool published as `torch_steganography` (a length, the
SHA-256 in hexadecimal, the message, most significant bit first). Elements are little-endian.

A stream runs from the start of a tensor over all that follow it in the file and are as wide, so
that it holds both what was written into one tensor and what was spread over several.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

from modelassay.formats.base import Elements
from modelassay.io.blob import Blob

#: The types that are searched: bytes of an element, and how many low bits say little.
WIDTHS: Final = {
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 2),
    **dict.fromkeys(("float32", "int32", "uint32"), 4),
    **dict.fromkeys(("float64", "int64", "uint64"), 8),
    **dict.fromkeys(("int8", "uint8"), 1),
}
REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_HALVES: Final = (4, 2, 1)
_PIECE: Final = 1 << 20


class Layout(NamedTuple):
    """How bits are taken: the lowest `bits` of each element, or its `sign`.

    `falling` tells that the bits of an element come most significant first, `filling` that the
    bytes of the stream are filled from their most significant bit on.
    """

    bits: int
    falling: bool = True
    filling: bool = True
    sign: bool = False

    def describe(self, dtype: str) -> str:
        """Say it in words."""
        if self.sign:
            what = f"sign bits of {dtype}"
        else:
            what = f"low {self.bits} bits of {dtype}" if self.bits > 1 else f"low bits of {dtype}"
        order = {True: "most", False: "least"}
        text = f"{what}, {order[self.falling]} significant first"
        return text if self.falling == self.filling else f"{text}, bytes turned round"


def layouts(width: int, real: bool) -> Iterator[Layout]:
    """Yield the layouts for elements of `width` bytes; `real` for those with an exponent."""
    # The widest first: what fills two bytes also shows in every second of them.
    for whole in range(width - 1, 1, -1):
        yield Layout(8 * whole)
        yield Layout(8 * whole, False, False)
    for bits in range(8 if width > 1 else 7, 0, -1):
        yield Layout(bits)
        if bits < 8:
            yield Layout(bits, False, False)
        if bits > 1:
            yield Layout(bits, True, False)
        if 1 < bits < 8:
            yield Layout(bits, False, True)
    if real:
        yield Layout(1, sign=True)
        yield Layout(1, False, False, sign=True)


def take(data: bytes, width: int, layout: Layout) -> bytes:
    """Return the stream that whole elements of `width` bytes hold; bits left over are dropped."""
    if layout.bits > 8:
        return _bytes(data, width, layout)
    low = data[width - 1 :: width] if layout.sign else data[::width]
    if layout.bits == 8:
        return low if layout.filling == layout.falling else low.translate(REVERSED)
    return _pack(low, layout)


def halvings(low: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the streams of the lowest 8, 4, 2 and 1 bits of bytes, most significant first.

    Each is packed out of the one before it; bits left over are dropped.
    """
    stream = low
    yield 8, stream
    for bits in _HALVES:
        stream = unhexlify(stream[: len(stream) // 2 * 2].translate(_halved(bits)))
        yield bits, stream


@cache
def _halved(bits: int) -> bytes:
    """Return the table that makes of a byte the hexadecimal digit of what halving leaves of it."""
    return b"".join(
        b"%x" % sum((byte >> 2 * at & (1 << bits) - 1) << at for at in range(0, 4, bits))
        for byte in range(256)
    )


def _bytes(data: bytes, width: int, layout: Layout) -> bytes:
    count = layout.bits // 8
    taken = bytearray(len(data) // width * count)
    for place in range(count):
        source = count - 1 - place if layout.falling else place
        taken[place::count] = data[source::width][: len(data) // width]
    return bytes(taken)


def _pack(low: bytes, layout: Layout) -> bytes:
    """Pack the lowest bits of bytes, or the highest one if it is a sign."""
    if layout.bits in _HALVES:
        low = low[: len(low) * layout.bits // 8 * 8 // layout.bits].translate(_ordered(layout))
        packed = next(stream for bits, stream in halvings(low) if bits == layout.bits)
    else:
        packed = _interleaved(low, layout)
    return packed if layout.filling else packed.translate(REVERSED)


def _interleaved(low: bytes, layout: Layout) -> bytes:
    planes = bytearray(len(low) * layout.bits)
    for bit in range(layout.bits):
        place = layout.bits - 1 - bit if layout.falling else bit
        planes[place :: layout.bits] = low.translate(_plane(bit))
    size = len(planes) // 8
    return int(planes[: size * 8], 2).to_bytes(size, "big") if size else b""


@cache
def _ordered(layout: Layout) -> bytes:
    """Return the table that leaves of each byte the bits taken, most significant first."""
    count = layout.bits
    lowest = [byte >> 7 if layout.sign else byte & (1 << count) - 1 for byte in range(256)]
    if not layout.falling:
        lowest = [int(f"{value:0{count}b}"[::-1], 2) for value in lowest]
    return bytes(lowest)


@cache
def _plane(bit: int) -> bytes:
    """Return the table that makes of each byte the digit of one of its bits."""
    return bytes(48 + (byte >> bit & 1) for byte in range(256))


class Stream:
    """The bytes of tensors of one width, from an `element` of the first of `parts` on."""

    def __init__(self, blob: Blob, parts: Iterable[Elements], element: int = 0) -> None:
        self.blob = blob
        pending = iter(parts)
        self.part = next(pending)
        self.width = WIDTHS[self.part.dtype]
        self.offset = self.part.offset + element * self.width
        rest = self.part.size // self.width - element
        self._spans = chain(
            ((self.offset, rest * self.width),),
            ((one.offset, one.size // self.width * self.width) for one in pending),
        )
        self._taken: list[tuple[int, int]] = []

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield the offset and the size of the elements of each tensor, as far as is asked for."""
        yield from self._taken
        for span in self._spans:
            self._taken.append(span)
            yield span

    def head(self, count: int) -> bytes:
        """Return the first `count` elements, or all there are."""
        wanted = count * self.width
        pieces: list[bytes] = []
        for offset, size in self.spans():
            pieces.append(self.blob.read_at(offset, min(size, wanted)))
            wanted -= min(size, wanted)
            if not wanted:
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def extract(self, layout: Layout, size: int) -> bytes:
        """Return `size` bytes of the stream, or all there are, without more in memory."""
        taken = bytearray()
        rest = b""
        # Eight elements hold whole bytes, so that pieces fit one another.
        group = 8 * self.width
        for offset, length in self.spans():
            end = offset + length
            while offset < end:
                wanted = -(-(size - len(taken)) * 8 // layout.bits // 8) * group
                piece = self.blob.read_at(offset, min(end - offset, _PIECE, max(wanted, group)))
                if not piece:
                    break
                offset += len(piece)
                data = rest + piece
                used = len(data) // group * group
                taken += take(data[:used], self.width, layout)
                rest = data[used:]
                if len(taken) >= size:
                    return bytes(taken[:size])
        return bytes((taken + take(rest, self.width, layout))[:size])
