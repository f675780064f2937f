"""Executables by their headers: never by a signature alone, and wherever they lie."""

from __future__ import annotations

import struct

import pytest

from modelassay.core.facts import Executable
from tests.formats.exploring import archive
from tests.helpers.events import Said
from tests.helpers.native import NATIVE, elf, pe
from tests.helpers.scanning import rules_of, scan_bytes


@pytest.mark.parametrize("name", NATIVE)
def test_an_executable(name: str) -> None:
    said = Said("executable", NATIVE[name])
    (fact,) = (event for event in said.events if isinstance(event, Executable))
    assert fact.type == name.split()[0]
    assert said.kinds() == []
    assert rules_of(scan_bytes(NATIVE[name])) == {"embedded-executable": "high"}


@pytest.mark.parametrize("name", [name for name in NATIVE if name != "macho big-endian"])
def test_one_in_unknown_bytes(name: str) -> None:
    noise = bytes(range(1, 250)) * 5
    report = scan_bytes(noise + NATIVE[name] + noise)
    assert rules_of(report)["embedded-executable"] == "high"


def test_one_in_an_archive() -> None:
    report = scan_bytes(archive({"weights/data": elf()}))
    assert rules_of(report)["embedded-executable"] == "high"


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF" + bytes(range(1, 100)),
        b"MZ" + bytes(range(1, 100)),
        b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"NE\0\0" + bytes(100),
        b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x7FFFFFFF) + b"PE\0\0" + bytes(100),
        b"\xcf\xfa\xed\xfe" + bytes(100),
        b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(100),  # a Java class
        b"\xca\xfe\xba\xbe\0\0\0\x02" + bytes(100),
    ],
)
def test_a_signature_alone_is_nothing(data: bytes) -> None:
    noise = bytes(range(1, 250))
    assert "embedded-executable" not in rules_of(scan_bytes(data))
    assert "embedded-executable" not in rules_of(scan_bytes(noise + data))


@pytest.mark.parametrize("data", [elf()[:100], elf()[:20], pe()[:200], pe()[:80]])
def test_a_cut_one_is_told_with_less_confidence(data: bytes) -> None:
    report = scan_bytes(data)
    (finding,) = (one for one in report.findings if one.rule == "embedded-executable")
    assert finding.confidence == "medium"
