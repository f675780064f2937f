"""Nests too deep to be taken apart again, with other opcodes between the levels."""

from __future__ import annotations

import pytest

from tests.helpers.scanning import rules_of, scan_bytes

LEVELS = 30_000


@pytest.mark.parametrize(
    "level",
    [
        *(b"\x85", b"K\7\x86", b"K\7K\7\x87"),
        *(b"\x85K\x070", b"\x85]0", b"\x8520", b"\x85(1", b"\x85(K\1K\2t0", b"\x85](K\1e0"),
        *(b"\x85\x80\2", b"\x85q\1", b"h\0\x85q\0", b"h\0h\1\x86q\0"),
    ],
)
def test_a_nest_is_told_whatever_stands_between_its_levels(level: bytes) -> None:
    data = b"\x80\2Nq\0Nq\1" + level * LEVELS + b"."
    assert rules_of(scan_bytes(data)) == {"resource-exhaustion": "high"}
