"""Compressed streams: every codec, several streams, what stands behind them, and bombs."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import zlib
from collections.abc import Callable

import pytest
from backports import zstd

from modelassay.formats.compressed import codec_of, identify
from modelassay.io.blob import Memory
from modelassay.io.budget import Limits
from tests.helpers.events import PAYLOAD, Said, honest

DATA = PAYLOAD + b"weights " * 100


def _lzma(data: bytes) -> bytes:
    return lzma.compress(data, lzma.FORMAT_ALONE)


def _lz4(data: bytes) -> bytes:
    frame = pytest.importorskip("lz4.frame")
    return bytes(frame.compress(data))


def _zf(data: bytes) -> bytes:
    """Write as joblib before 0.10 did, on Python 3."""
    return b"ZF" + hex(len(data)).encode().ljust(19) + zlib.compress(data)


def _zf2(data: bytes) -> bytes:
    """The same on Python 2, one character wider."""
    return b"ZF" + (hex(len(data)) + "L").encode().ljust(20) + zlib.compress(data)


CODECS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": _lzma,
    "zlib": zlib.compress,
    "zstd": zstd.compress,
    "lz4": _lz4,
}
every_codec = pytest.mark.parametrize(("name", "compress"), CODECS.items(), ids=CODECS)


@every_codec
def test_the_content_is_read(name: str, compress: Callable[[bytes], bytes]) -> None:
    data = compress(DATA)
    said = Said("compressed", data)
    assert identify(Memory(data))
    assert honest(said)
    assert said.refined() == [name]
    assert said.children("content") == {"content": DATA}


@pytest.mark.parametrize("compress", [_zf, _zf2])
def test_old_joblib(compress: Callable[[bytes], bytes]) -> None:
    said = Said("compressed", compress(DATA))
    assert honest(said)
    assert said.refined() == ["joblib-zf"]
    assert said.children("content") == {"content": DATA}


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("bits", range(9, 16))
def test_zlib_of_any_level_and_window(level: int, bits: int) -> None:
    codec = zlib.compressobj(level, zlib.DEFLATED, bits)
    said = Said("compressed", codec.compress(DATA) + codec.flush())
    assert said.refined() == ["zlib"]
    assert said.children("content") == {"content": DATA}


@every_codec
def test_streams_are_joined(name: str, compress: Callable[[bytes], bytes]) -> None:
    """Readers join them, so a pickle may begin in one and end in the next."""
    said = Said("compressed", compress(DATA[:10]) + compress(DATA[10:]) + bytes(512))
    assert honest(said)
    assert said.children() == {"content": DATA}


@every_codec
def test_what_follows_is_handed_on(name: str, compress: Callable[[bytes], bytes]) -> None:
    said = Said("compressed", compress(b"x" * 300) + PAYLOAD)
    assert said.kinds() == ["compressed-suffix"]
    assert list(said.children("tail").values()) == [PAYLOAD]


@every_codec
def test_a_cut_stream_keeps_what_came(name: str, compress: Callable[[bytes], bytes]) -> None:
    noise = random.Random(1).randbytes(400_000)
    said = Said("compressed", compress(PAYLOAD + noise)[:300_000])
    assert said.kinds() == ["compressed-data"]
    assert said.incomplete()
    if name not in ("bzip2", "lz4", "zstd"):  # these give whole blocks
        assert said.children()["content"].startswith(PAYLOAD)


def test_a_wrong_checksum_keeps_the_content() -> None:
    data = bytearray(gzip.compress(DATA))
    data[-8] ^= 1
    said = Said("compressed", bytes(data))
    assert said.kinds() == ["compressed-data"]
    assert said.children() == {"content": DATA}


@pytest.mark.parametrize("name", ["gzip", "zlib", "xz", "lzma"])
@pytest.mark.parametrize("place", [0.5, 0.9, 0.999])
def test_damage_loses_nothing_that_stood_before_it(name: str, place: float) -> None:
    """Decoders drop what one call put out when it fails; loaders that take small steps see it."""
    noise = random.Random(3).randbytes(50_000)
    data = bytearray(CODECS[name](PAYLOAD + noise))
    for offset in range(int(len(data) * place), len(data)):
        data[offset] ^= 0x55
    content = Said("compressed", bytes(data)).children()["content"]
    assert content.startswith(PAYLOAD + noise[: int(40_000 * place)])


@every_codec
def test_a_bomb_ends_at_its_limit(name: str, compress: Callable[[bytes], bytes]) -> None:
    limits = Limits(ratio_from=1 << 20, ratio=100)
    said = Said("compressed", compress(bytes(8 << 20)), limits)
    assert said.limits() == ["ratio"]
    assert len(said.children()["content"]) < 4 << 20


def test_all_that_is_inflated_is_limited() -> None:
    said = Said("compressed", gzip.compress(bytes(4 << 20)), Limits(inflated=1 << 20))
    assert said.limits() == ["inflated"]


def test_growth_is_told() -> None:
    assert Said("compressed", zlib.compress(bytes(70 << 20))).kinds() == ["compression-ratio"]


@pytest.mark.parametrize("size", [1 << 31, (1 << 32) - 1, 12345])
def test_any_dictionary_may_be_stated(size: int) -> None:
    data = b"\x5d" + size.to_bytes(4, "little") + b"\xff" * 8 + _lzma(DATA)[13:]
    assert Said("compressed", data).children()["content"] == DATA


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x^2 + y^2 = z^2",
        b"x\x9c",
        b"hello world, this is text",
        b"BZh is a magic",
        b"ZF0x",
        bytes(4096),
        b"XG is text" * 100,
        bytes(range(256)) * 20,
        b"]\0\0\x80\0" + b"not lzma" * 100,
    ],
)
def test_what_is_no_stream(data: bytes) -> None:
    assert not identify(Memory(data))


def test_noise_is_no_stream() -> None:
    noise = random.Random(2)
    found = [codec_of(Memory(noise.randbytes(64))) for _ in range(20_000)]
    assert [codec for codec in found if codec is not None] == []
