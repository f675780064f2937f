"""The headers of a tar archive, with the records that precede them folded in.

Sources: POSIX.1-1988 ustar, POSIX.1-2001 pax; the GNU tar manual, "Basic Tar Format" and "Storing
Sparse Files" (old GNU, pax 0.0, 0.1 and 1.0).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from modelassay.core.facts import Member
from modelassay.io.tar import checksum_holds, number

Type = Literal["file", "directory", "symlink", "hardlink", "device", "fifo", "other"]

_TYPES: Final[dict[bytes, Type]] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"S": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "device",
    b"4": "device",
    b"5": "directory",
    b"6": "fifo",
}
BODILESS: Final = frozenset({"hardlink", "symlink", "device", "directory", "fifo"})
EXTENSIONS: Final = frozenset({b"g", b"x", b"X", b"L", b"K"})
_GNU: Final = b"ustar  "
_GNU_TYPES: Final = frozenset({b"L", b"K", b"S"})

Pax = dict[bytes, bytes]


class Header(msgspec.Struct):
    """One header block. `size` is the body's as stored, `None` where the field is no number."""

    at: int
    block: bytes
    flag: bytes
    name: bytes
    link: bytes
    size: int | None
    other_name: bytes | None = None

    @property
    def type(self) -> Type:
        """What it would be when unpacked."""
        if self.flag == b"\0" and self.name.endswith(b"/"):
            return "directory"
        return _TYPES.get(self.flag, "other")


def decode(block: bytes, at: int) -> Header | None:
    """Decode the header block at offset `at`, `None` if its checksum does not hold."""
    if not checksum_holds(block):
        return None
    name, prefix, flag = _text(block[:100]), _text(block[345:500]), block[156:157]
    other = None
    if prefix and flag not in _GNU_TYPES | EXTENSIONS:
        joined = prefix + b"/" + name
        if block[257:264] == _GNU:
            other = joined  # GNU keeps times there; Python joins it all the same
        else:
            name = joined
    return Header(at, block, flag, name, _text(block[157:257]), number(block[124:136]), other)


def plausible(block: bytes) -> bool:
    """Whether a block is a header that real tools write, also of tar before ustar."""
    header = decode(block, 0)
    if header is None:
        return False
    numbers = header.size is not None and number(block[100:108]) is not None
    return block[257:262] == b"ustar" or (numbers and bool(header.name))


def read_pax(data: bytes) -> tuple[Pax, list[tuple[bytes, bytes]], bool]:
    """Read pax records: as a dict, in order, and whether they were whole."""
    records: Pax = {}
    ordered: list[tuple[bytes, bytes]] = []
    position = 0
    while position < len(data) and data[position] != 0:
        digits, space, _ = data[position : position + 20].partition(b" ")
        length = int(digits) if space and digits.isdigit() else 0
        record = data[position + len(digits) + 1 : position + length]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n") or position + length > len(data):
            return records, ordered, False
        records[key] = value[:-1]
        ordered.append((key, value[:-1]))
        position += length
    return records, ordered, True


def member(header: Header, name: bytes, link: bytes, size: int) -> Member:
    """Return the fact of a member."""
    linked = header.type in ("symlink", "hardlink")
    return Member(
        name=name.decode("utf-8", "replace"),
        type=header.type,
        size=size,
        stored=header.size,
        target=link.decode("utf-8", "replace") if linked else None,
    )


def _text(field: bytes) -> bytes:
    return field.split(b"\0", 1)[0]
