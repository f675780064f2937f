"""The header block of a tar archive, decoded and nothing more.

Source: POSIX.1-1988 ustar and POSIX.1-2001 pax; the GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

from typing import Final

from modelassay.io.blob import Blob

BLOCK: Final = 512


def number(field: bytes) -> int | None:
    """Return a number field: octal digits, or base 256 where its first bit is set."""
    if field[:1] and field[0] in (0x80, 0xFF):
        return int.from_bytes(field[1:], "big", signed=field[0] == 0xFF)
    digits = field.split(b"\0", 1)[0].strip(b" ")
    try:
        return int(digits or b"0", 8) if digits.isdigit() or not digits else None
    except ValueError:
        return None


def checksum_holds(block: bytes) -> bool:
    """Whether a header block bears its own checksum, summed as unsigned or as signed bytes."""
    stated = number(block[148:156])
    if len(block) != BLOCK or stated is None or not block[148:156].strip(b"\0 "):
        return False
    counted = block[:148] + block[156:]
    total = sum(counted) + 256
    return stated in (total, total - 256 * sum(byte > 127 for byte in counted))


def is_member(blob: Blob, start: int, size: int) -> bool:
    """Whether the `size` bytes at `start` are exactly one member of a tar that `blob` is."""
    if start < BLOCK or not checksum_holds(blob.head(BLOCK)):
        return False
    header = blob.read_at(start - BLOCK, BLOCK)
    return checksum_holds(header) and number(header[124:136]) == size
