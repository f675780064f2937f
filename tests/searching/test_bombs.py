"""The classic bombs end, and are told with their figures."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from modelassay.core.report import Report
from tests.helpers.scanning import rules_of, scan_bytes

MIB = 1 << 20


def pack(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def nested(levels: int, width: int) -> bytes:
    """Archives in archives as in 42.zip: each holds `width` equal ones."""
    data = pack({"0.dll": bytes(MIB)})
    for _ in range(levels):
        data = pack({f"lib {index}.zip": data for index in range(width)})
    return data


def inflated(report: Report) -> int:
    return report.coverage.bytes_inflated


def test_archives_in_archives_are_read_once_and_counted_each_time() -> None:
    data = nested(5, 16)
    report = scan_bytes(data, "42.zip")
    assert rules_of(report)["decompression-bomb"] == "high"
    assert inflated(report) < 4 * MIB
    (finding,) = (f for f in report.findings if "unpack" in f.message)
    assert str(16**5 * MIB)[:6] in finding.message


def test_a_few_archives_in_an_archive_are_no_bomb() -> None:
    report = scan_bytes(nested(2, 3), "backup.zip")
    assert (
        "decompression-bomb" not in rules_of(report)
        or rules_of(report)["decompression-bomb"] != "high"
    )


def test_members_that_share_bytes() -> None:
    codec = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = bytes(8 * MIB)
    kernel, crc = codec.compress(raw) + codec.flush(), zlib.crc32(raw)
    numbers = (0, 8, 0, 33, crc, len(kernel), len(raw))
    local = struct.pack("<4s5HIIIHH", b"PK\3\4", 20, *numbers, 1, 0) + b"a" + kernel
    names = [b"f%05d" % index for index in range(500)]
    central = b"".join(
        struct.pack("<4s6HIIIHHHHHII", b"PK\1\2", 20, 20, *numbers, len(name), *[0] * 6) + name
        for name in names
    )
    ends = struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, 500, 500, len(central), len(local), 0)
    report = scan_bytes(local + central + ends)
    assert report.verdict == "malicious"
    assert "decompression-bomb" in rules_of(report)
    assert inflated(report) < 128 * MIB


@pytest.mark.parametrize("levels", [1, 3])
def test_the_same_archive_twice_is_judged_once(levels: int) -> None:
    inner = pack({"x.pkl": b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R."})
    data = inner
    for _ in range(levels):
        data = pack({"one.zip": data, "two.zip": data})
    report = scan_bytes(data)
    assert report.verdict == "malicious"
    assert len([f for f in report.findings if f.rule == "command-execution"]) == 1
