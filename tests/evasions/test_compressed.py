"""Compressed streams that a loader reads and zlib alone would refuse."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from tests.evasions.assembler import call, stream
from tests.helpers.scanning import rules_of, scan_bytes

INNER = stream(call("posix:system", "echo"))
NAMES = b"name\0comment\0"

#: Flags of a gzip header, and what they say follows.
HEADERS: dict[str, tuple[int, bytes]] = {
    "plain": (0, b""),
    "reserved flags": (0xE0, b""),
    "a CRC of the header that is wrong": (0x02, b"\0\0"),
    "everything": (0x1E, struct.pack("<H", 3) + b"abc" + NAMES + b"\0\0"),
    "a long name": (0x08, b"n" * 5000 + b"\0"),
}


@pytest.mark.parametrize(("flags", "rest"), HEADERS.values(), ids=HEADERS.keys())
def test_a_gzip_header_keeps_nothing_out(flags: int, rest: bytes) -> None:
    deflate = zlib.compressobj(wbits=-15)
    body = deflate.compress(INNER) + deflate.flush()
    trailer = struct.pack("<II", zlib.crc32(INNER), len(INNER))
    data = b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + rest + body + trailer
    report = scan_bytes(data, "model.pkl.gz")
    assert rules_of(report) == {"command-execution": "critical"}
    assert report.complete


@pytest.mark.parametrize("times", [1, 2, 3])
def test_base64_of_base64_is_read(times: int) -> None:
    data = INNER
    for _ in range(times):
        data = base64.encodebytes(data)
    assert rules_of(scan_bytes(data, "model.txt")).get("command-execution") == "critical"
