"""ZIP archives written by hand, so that any field can lie."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

LOCAL = struct.Struct("<4s5HIIIHH")
CENTRAL = struct.Struct("<4s6HIIIHHHHHII")


@dataclass
class Made:
    """A member to write. `local` and `central` override fields of one header."""

    name: bytes
    data: bytes = b""
    method: int = 0
    flags: int = 0
    local: dict[str, object] = field(default_factory=dict)
    central: dict[str, object] = field(default_factory=dict)
    listed: bool = True
    extra: bytes = b""
    mode: int = 0
    raw: bytes | None = None
    descriptor: bytes = b""

    @property
    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return deflate(self.data) if self.method == 8 else self.data


def deflate(data: bytes) -> bytes:
    codec = zlib.compressobj(9, zlib.DEFLATED, -15)
    return codec.compress(data) + codec.flush()


def fields(member: Made, over: dict[str, object]) -> dict[str, object]:
    return {
        "name": member.name,
        "method": member.method,
        "flags": member.flags,
        "crc": zlib.crc32(member.data),
        "stored": len(member.body),
        "size": len(member.data),
    } | over


def local_header(member: Made) -> bytes:
    f = fields(member, member.local)
    numbers = (20, f["flags"], f["method"], 0, 33, f["crc"], f["stored"], f["size"])
    return (
        LOCAL.pack(b"PK\3\4", *numbers, len(f["name"]), len(member.extra))
        + f["name"]
        + member.extra
    )


def central_header(member: Made, offset: int) -> bytes:
    f = fields(member, member.central)
    numbers = (20 | 3 << 8, 20, f["flags"], f["method"], 0, 33, f["crc"], f["stored"], f["size"])
    rest = (len(f["name"]), 0, 0, 0, 0, member.mode << 16, f.get("offset", offset))
    return CENTRAL.pack(b"PK\1\2", *numbers, *rest) + f["name"]


def end_record(count: int, size: int, offset: int, comment: bytes = b"") -> bytes:
    return (
        struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, count, count, size, offset, len(comment)) + comment
    )


def build(
    *members: Made,
    prefix: bytes = b"",
    gap: bytes = b"",
    suffix: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    shifted: bool = False,
) -> bytes:
    """Write an archive; `shifted` offsets count from the end of `prefix`."""
    out, directory, listed = bytearray(prefix), bytearray(), 0
    for member in members:
        offset = len(out) - (len(prefix) if shifted else 0)
        out += local_header(member) + member.body + member.descriptor
        if member.listed:
            directory += central_header(member, offset)
            listed += 1
    out += gap
    start = len(out) - (len(prefix) if shifted else 0)
    end = end_record(listed if count is None else count, len(directory), start, comment)
    return bytes(out + directory) + end + suffix
