"""The headers of executables, followed as far as they lie within the bytes.

Sources: the ELF header and program header of the System V ABI (gABI, chapters 4 and 5); the PE
Format of Microsoft (MS-DOS stub, COFF file header, section table); `mach-o/loader.h` and
`mach-o/fat.h` of Apple's cctools.
"""

from __future__ import annotations

from typing import Final

import msgspec

from modelassay.core.errors import ReadError
from modelassay.io.blob import Blob
from modelassay.io.bytecode import CLASS, DEX, WASM, read_class, read_dex, read_wasm
from modelassay.io.cursor import Cursor

_PE_FARTHEST: Final = 1 << 16
_MOST_PARTS: Final = 4096
_THIN: Final = {
    b"\xfe\xed\xfa\xce": (">", 28),
    b"\xfe\xed\xfa\xcf": (">", 32),
    b"\xce\xfa\xed\xfe": ("<", 28),
    b"\xcf\xfa\xed\xfe": ("<", 32),
}
_FAT: Final = {b"\xca\xfe\xba\xbe": 20, b"\xca\xfe\xba\xbf": 32}
_MOST_ARCHITECTURES: Final = 40  # a Java class has its version there, which is larger
#: Load commands and where they name a part of the file: segments of both widths, tables, data.
_SEGMENTS: Final = {0x01: (32, "II"), 0x19: (40, "QQ")}
_SYMBOLS: Final = 0x02
_LINKED: Final = (0x1D, 0x1E, 0x26, 0x29, 0x2B, 0x2E, 0x33, 0x34)
_MACHINES: Final = (
    (WASM, "wasm", read_wasm),
    (CLASS, "java-class", read_class),
    (DEX, "dex", read_dex),
)
#: A file that is a program on all systems at once (Actually Portable Executable, also llamafile).
_PORTABLE: Final = (b"MZqFpD", b"jartsr")
_DIRECTORIES: Final = {0x10B: 96, 0x20B: 112}  # where an optional header has them, by its magic
_CLR: Final = 14  # the directory of the .NET header


class Native(msgspec.Struct, frozen=True):
    """An executable: its format, the bytes its headers account for, and what does not hold."""

    type: str
    size: int | None = None
    fault: str = ""


def read_native(blob: Blob) -> Native | None:
    """Return what the headers at the start of `blob` say, `None` if there are none."""
    head = blob.head(4)
    try:
        if head == b"\x7fELF":
            return _elf(blob)
        if head[:2] == b"MZ":
            return _pe(blob)
        if head in _THIN:
            return _macho(blob, *_THIN[head])
        if head in _FAT and (fat := _fat(blob, _FAT[head])) is not None:
            return fat
        for signature, name, read in _MACHINES:
            if head == signature[:4] and (size := read(blob)) is not None:
                return Native(name, size)
    except ReadError:
        return None
    return None


def _elf(blob: Blob) -> Native | None:
    ident = blob.head(16)
    # Sixteen bytes of which all but two are prescribed are more than a signature.
    if len(ident) < 16 or ident[4] not in (1, 2) or ident[5] not in (1, 2) or ident[6] != 1:
        return None
    if any(ident[9:]):
        return None
    order, wide = "<>"[ident[5] - 1], ident[4] == 2
    cursor = Cursor(blob, 16)
    layout = order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")
    try:
        fields = cursor.unpack(layout)
    except ReadError:
        return Native("elf", fault="the header breaks off")
    kind, machine, version = fields[:3]
    table, sections = fields[4], fields[5]
    header, entry, count = fields[7], fields[8], fields[9]
    section_entry, section_count = fields[10], fields[11]
    if version != 1 or not kind or not machine or header != (64 if wide else 52):
        return Native("elf", fault="the header names no type, machine or size")
    if count and (entry != (56 if wide else 32) or table + entry * count > blob.size):
        return Native("elf", fault="the program headers lie outside")
    size = max(cursor.position, table + entry * count, sections + section_entry * section_count)
    for index in range(count):
        part = Cursor(blob, table + index * entry).unpack(order + ("IIQQQQ" if wide else "IIIII"))
        offset, length = (part[2], part[5]) if wide else (part[1], part[4])
        size = max(size, offset + length)
    if size > blob.size:
        return Native("elf", fault="the segments end behind the bytes")
    return Native("elf", size)


def _pe(blob: Blob) -> Native | None:
    (place,) = Cursor(blob, 0x3C).unpack("<I")
    if not 0x40 <= place <= _PE_FARTHEST or blob.read_at(place, 4) != b"PE\0\0":
        return None
    cursor = Cursor(blob, place + 4)
    try:
        machine, count, _, _, _, optional, _ = cursor.unpack("<HHIIIHH")
        name = _pe_type(blob, cursor.position, optional)
        cursor.skip(optional)
        if not machine or not 0 < count <= 96:
            return Native(name, fault="the header names no machine or sections")
        size = cursor.position
        for _ in range(count):
            cursor.skip(16)
            length, offset = cursor.unpack("<II")
            cursor.skip(16)
            size = max(size, offset + length)
    except ReadError:
        return Native("pe", fault="the headers break off")
    if size > blob.size:
        return Native(name, fault="the sections end behind the bytes")
    return Native(name, size)


def _pe_type(blob: Blob, start: int, size: int) -> str:
    """Tell .NET and portable executables from plain ones, by the optional header at `start`."""
    if blob.head(6) in _PORTABLE:
        return "ape"
    header = blob.read_at(start, size)
    place = _DIRECTORIES.get(int.from_bytes(header[:2], "little"), size) + 8 * _CLR
    return "dotnet" if any(header[place : place + 8]) else "pe"


def _macho(blob: Blob, order: str, header: int) -> Native | None:
    cursor = Cursor(blob, 4)
    _, _, kind, count, total, _ = cursor.unpack(order + "6I")
    if not 1 <= kind <= 15 or not 0 < count <= _MOST_PARTS or total < 8 * count:
        return None
    if header + total > blob.size:
        return None
    position = size = header
    for _ in range(count):
        command, length = Cursor(blob, position).unpack(order + "II")
        if length < 8 or length % 4 or not command & 0x7FFFFFFF or command & 0x7FFFFFFF > 0x100:
            return None
        size = max(size, position + length, _macho_end(blob, position, order, command & 0xFF))
        position += length
    if position > header + total:
        return None
    if size > blob.size:
        return Native("macho", fault="the segments end behind the bytes")
    return Native("macho", size)


def _macho_end(blob: Blob, at: int, order: str, command: int) -> int:
    """Return where the bytes end that the load command at `at` refers to, 0 if to none."""
    if command in _SEGMENTS:
        place, layout = _SEGMENTS[command]
        offset, size = Cursor(blob, at + place).unpack(order + layout)
        return offset + size
    if command == _SYMBOLS:
        symbols, count, strings, size = Cursor(blob, at + 8).unpack(order + "4I")
        return max(symbols + count * 16, strings + size)
    if command in _LINKED:
        offset, size = Cursor(blob, at + 8).unpack(order + "II")
        return offset + size
    return 0


def _fat(blob: Blob, entry: int) -> Native | None:
    (count,) = Cursor(blob, 4).unpack(">I")
    if not 0 < count <= _MOST_ARCHITECTURES:
        return None
    size = 0
    for index in range(count):
        cursor = Cursor(blob, 8 + index * entry + 8)
        offset, length = cursor.unpack(">II" if entry == 20 else ">QQ")
        if blob.read_at(offset, 4) not in _THIN or offset + length > blob.size:
            return None
        size = max(size, offset + length)
    return Native("macho-fat", size)
