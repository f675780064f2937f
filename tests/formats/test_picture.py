"""Pictures are inert, but for what stands behind their end."""

from __future__ import annotations

import struct
import zlib

import pytest

from modelassay.formats.picture import identify
from modelassay.io.blob import Memory
from tests.helpers.events import PAYLOAD, Said, honest


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png() -> bytes:
    body = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    body += _chunk(b"IDAT", zlib.compress(b"\0\0")) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _jpeg() -> bytes:
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\1\1\0\0\1\0\1\0\0"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\1\1\0\0\x3f\0" + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + app + scan + b"\xff\xd9"


def _gif() -> bytes:
    screen = struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x4c\1\0"
    return b"GIF89a" + screen + b"\x21\xf9\4\0\0\0\0\0" + image + b"\x3b"


def _riff(kind: bytes) -> bytes:
    body = kind + b"VP8 " + struct.pack("<I", 5) + b"12345\0"
    return b"RIFF" + struct.pack("<I", len(body)) + body


PICTURES = {
    "png": _png(),
    "jpeg": _jpeg(),
    "gif": _gif(),
    "webp": _riff(b"WEBP"),
    "wave": _riff(b"WAVE"),
}
every_picture = pytest.mark.parametrize(("name", "data"), PICTURES.items(), ids=PICTURES)


@every_picture
def test_a_picture_is_inert(name: str, data: bytes) -> None:
    said = Said("picture", data)
    assert identify(Memory(data))
    assert honest(said)
    assert said.refined() == [name]
    assert said.contents() == []


@every_picture
def test_what_follows_is_handed_on(name: str, data: bytes) -> None:
    said = Said("picture", data + PAYLOAD)
    assert said.kinds() == ["picture-suffix"]
    assert said.contents() == [PAYLOAD]


@every_picture
def test_a_cut_picture_is_searched(name: str, data: bytes) -> None:
    said = Said("picture", data[:-2])
    assert said.kinds() == ["picture-data"]
    assert said.contents() == [data[1:-2]]
