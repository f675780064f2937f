"""Executables written by hand: headers that hold together, and no code."""

from __future__ import annotations

import struct


def elf(wide: bool = True, order: str = "<") -> bytes:
    ident = b"\x7fELF" + bytes([2 if wide else 1, "<>".index(order) + 1, 1]) + bytes(9)
    size, entry = (64, 56) if wide else (52, 32)
    rest = (2, 62, 1, 0, size, 0, 0, size, entry, 1, 0, 0, 0)
    head = struct.pack(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), *rest)
    part = (
        struct.pack(order + "IIQQQQQQ", 1, 5, 0, 0, 0, 200, 200, 0)
        if wide
        else struct.pack(order + "8I", 1, 0, 0, 0, 200, 200, 5, 0)
    )
    return (ident + head + part).ljust(200, b"\x90")


def pe() -> bytes:
    coff = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0, 0)
    section = b".text".ljust(16, b"\0") + struct.pack("<II", 64, 200) + bytes(16)
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0" + coff + section
    return head.ljust(264, b"\x90")


def macho(order: str = "<") -> bytes:
    head = struct.pack(order + "8I", 0xFEEDFACF, 0x100000C, 0, 2, 1, 24, 0, 0)
    return head + struct.pack(order + "II", 0x1B, 24) + bytes(16)


def fat() -> bytes:
    inner = macho()
    return struct.pack(">II5I", 0xCAFEBABE, 1, 7, 3, 64, len(inner), 0).ljust(64, b"\0") + inner


NATIVE = {
    "elf": elf(),
    "elf 32": elf(wide=False),
    "elf big-endian": elf(order=">"),
    "pe": pe(),
    "macho": macho(),
    "macho big-endian": macho(">"),
    "macho-fat": fat(),
}
