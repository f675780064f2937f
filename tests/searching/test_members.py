"""What is packed in an archive is read as its members, and not as a file that lies hidden in it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import py7zr
import pytest

from tests.helpers.bombs import npy
from tests.helpers.programs import elf
from tests.helpers.scanning import scan_bytes

ARRAYS = {f"{name}.npy": npy("(512,)", bytes(range(256)) * 16) for name in "abc"}


def sevenzip(way: int, members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with py7zr.SevenZipFile(packed, "w", filters=[{"id": way}]) as archive:
        archive.set_encoded_header_mode(False)
        for name, data in members.items():
            archive.writestr(data, name)
    return packed.getvalue()


def zipped(way: int, members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", way) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(sevenzip(py7zr.FILTER_BZIP2, ARRAYS), id="7z-bzip2"),
        pytest.param(sevenzip(py7zr.FILTER_ZSTD, ARRAYS), id="7z-zstd"),
        pytest.param(zipped(zipfile.ZIP_BZIP2, ARRAYS), id="zip-bzip2"),
    ],
)
def test_members_are_read_once(data: bytes, deep: bool) -> None:
    assert b"BZh" in data or b"\x28\xb5\x2f\xfd" in data
    report = scan_bytes(data, deep=deep)
    assert [one.path for one in report.artifacts] == ["model", *(f"model!{n}" for n in ARRAYS)]
    assert report.findings == []
    assert report.complete


def renamed(data: bytes, name: str, other: str) -> bytes:
    """Return a 7z archive with a member of another name, its checksums right."""
    start = 32 + int.from_bytes(data[12:20], "little")
    wide, wanted = (text.encode("utf-16-le") for text in (name, other))
    assert wide in data[start:]
    header = data[start:].replace(wide, wanted)
    place = data[12:28] + struct.pack("<I", zlib.crc32(header))
    return data[:8] + struct.pack("<I", zlib.crc32(place)) + place + data[32:start] + header


def test_what_no_member_takes_of_a_stream_is_found() -> None:
    program = elf()
    data = sevenzip(py7zr.FILTER_BZIP2, {"a.npy": ARRAYS["a.npy"], "xx/b": program})
    found = scan_bytes(renamed(data, "xx/b", "../b"))
    paths = [one.path for one in found.artifacts]
    assert "model!@32" in paths and "model!../b" not in paths
