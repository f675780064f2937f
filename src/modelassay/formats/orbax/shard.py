"""Shards of zarr 3: chunks one behind the other, and at the end an index of where they lie.

Source: "sharding-indexed codec (version 1.0)" of the Zarr specification 3: offset and length of
each chunk as eight bytes, little-endian, and the CRC-32C of all of them. An empty chunk has ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from modelassay.formats.base import Child, Event, Skipped, Source
from modelassay.io.blob import Blob

_ENTRY: Final = 16
_CHECKSUM: Final = 4
_MOST_CHUNKS: Final = 512
_EMPTY: Final = (1 << 64) - 1
_POLYNOMIAL: Final = 0x82F63B78
_MOST_TOLD: Final = 200


def identify(blob: Blob) -> bool:
    """Whether an index stands at the end that accounts for all bytes in front of it."""
    return _index(blob) is not None


def parse(source: Source) -> Iterator[Event]:
    """Yield the chunks, which are arrays in whatever codec."""
    index = _index(source.blob)
    for offset, length in sorted(index or ())[:_MOST_TOLD]:
        yield Child(f"chunk@{offset}", source.blob.sub(offset, length), role="content")
    yield Skipped("tensor data", source.blob.size)


def _index(blob: Blob) -> list[tuple[int, int]] | None:
    """Return the places of the chunks; `None` where no index fits."""
    tail = blob.sub(blob.size - _MOST_CHUNKS * _ENTRY - _CHECKSUM)
    data = tail.head(tail.size)
    end = len(data) - _CHECKSUM
    for start in range(end - _ENTRY, -1, -_ENTRY):
        raw = data[start:end]
        front = blob.size - len(raw) - _CHECKSUM
        first = int.from_bytes(raw[:8], "little")
        if first not in (0, _EMPTY) and first > front:
            return None
        chunks = _chunks(raw)
        if sum(length for _, length in chunks) == front and _tiles(chunks):
            return chunks if _crc32c(raw) == int.from_bytes(data[end:], "little") else None
    return None


def _chunks(raw: bytes) -> list[tuple[int, int]]:
    numbers = [int.from_bytes(raw[at : at + 8], "little") for at in range(0, len(raw), 8)]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return [(offset, length) for offset, length in pairs if offset != _EMPTY]


def _tiles(chunks: list[tuple[int, int]]) -> bool:
    """Whether the chunks lie one behind the other, without a gap."""
    position = 0
    for offset, length in sorted(chunks):
        if offset != position or not length:
            return False
        position += length
    return bool(chunks)


@cache
def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


def _crc32c(data: bytes) -> int:
    value, table = 0xFFFFFFFF, _table()
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 255]
    return value ^ 0xFFFFFFFF
