"""Inflation: what a broken stream gives, and how much work that is."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable

import pytest

from modelassay.io.blob import Memory
from modelassay.io.budget import Budget, Limits
from modelassay.io.codecs import CODECS
from modelassay.io.inflate import Codec, Decompressor, inflate

PLAIN = b"".join(b"%d words that stand before what is broken\n" % n for n in range(5_000))


class Counted:
    """A decompressor whose calls are counted."""

    def __init__(self, inner: Decompressor, calls: list[int]) -> None:
        self._inner, self._calls = inner, calls

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes | None:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return self._inner.needs_input

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        self._calls.append(len(data))
        return self._inner.decompress(data, max_length)


def broken_after(data: bytes) -> bytes:
    """Return what deflates to `data` and then to nothing that can be."""
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return made.compress(data) + made.flush(zlib.Z_FULL_FLUSH) + b"\xff" * 40


@pytest.mark.parametrize("plain", [PLAIN, bytes(200_000), b"", b"x"], ids=len)
def test_all_that_stands_before_a_break_is_kept(plain: bytes) -> None:
    result = inflate(
        Memory(broken_after(plain)), CODECS["deflate"], Budget(Limits(ratio_from=1 << 30))
    )
    assert result.error is not None
    assert result.blob.read_at(0, result.blob.size) == plain
    assert result.crc == zlib.crc32(plain)


def test_little_that_breaks_after_much_costs_few_calls() -> None:
    calls: list[int] = []
    codec = CODECS["deflate"]
    counted = Codec(lambda: Counted(codec.make(), calls), codec.errors)
    result = inflate(
        Memory(broken_after(bytes(200_000))), counted, Budget(Limits(ratio_from=1 << 30))
    )
    assert result.blob.size == 200_000
    assert len(calls) < 5_000


@pytest.mark.parametrize(
    ("codec", "pack"),
    [
        ("zlib", zlib.compress),
        ("bzip2", bz2.compress),
        ("xz", lzma.compress),
        ("lzma", lambda data: lzma.compress(data, lzma.FORMAT_ALONE)),
    ],
    ids=["zlib", "bzip2", "xz", "lzma"],
)
def test_a_break_gives_what_a_reader_of_single_bytes_gets(
    codec: str, pack: Callable[[bytes], bytes]
) -> None:
    data = bytearray(pack(PLAIN))
    data[len(data) * 2 // 3] ^= 0x55
    result = inflate(Memory(bytes(data)), CODECS[codec], Budget(Limits(ratio_from=1 << 30)))
    assert result.error is not None
    decompressor, got, at = CODECS[codec].make(), bytearray(), 0
    try:
        while True:
            fed = bytes(data[at : at + 1]) if decompressor.needs_input else b""
            at += len(fed)
            got += decompressor.decompress(fed, 1)
    except CODECS[codec].errors():
        pass
    assert result.blob.read_at(0, result.blob.size) == got
