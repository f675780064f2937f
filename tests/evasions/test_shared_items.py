"""Small streams that keep their loader busy for ever by sharing what they hold."""

from __future__ import annotations

import pytest

from tests.helpers.scanning import rules_of, scan_bytes


def _doubled(levels: int) -> bytes:
    """Return the opcodes of a tuple of twice the same tuple of twice the same, and so on."""
    layers = (
        b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86q" + bytes([i + 1]) + b"0"
        for i in range(levels)
    )
    return b")q\x000" + b"".join(layers) + b"h" + bytes([levels])


#: What hashes the tuple on top of the stack.
HASHED: dict[str, tuple[bytes, bytes]] = {
    "key of a dict": (b"}", b"Ns."),
    "item of a set": (b"\x8f(", b"\x90."),
    "a dict that is dropped": (b"}", b"Ns0N."),
    "no STOP": (b"}", b"Ns"),
}


@pytest.mark.parametrize(("before", "after"), HASHED.values(), ids=HASHED.keys())
def test_tuples_that_share_without_end_are_found(before: bytes, after: bytes) -> None:
    data = b"\x80\x04" + before + _doubled(60) + after
    assert rules_of(scan_bytes(data)).get("resource-exhaustion") == "high"


def test_tuples_that_share_a_little_are_silent() -> None:
    assert scan_bytes(b"\x80\x04}" + _doubled(20) + b"Ns.").verdict == "clean"
