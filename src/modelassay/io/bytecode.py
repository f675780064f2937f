"""Programs of virtual machines, followed by their structure: WebAssembly, Java classes, DEX.

Sources: the WebAssembly core specification (binary format, modules); the Java Virtual Machine
Specification, chapter 4 (the class file format); the Dalvik executable format of Android.
"""

from __future__ import annotations

import zlib
from typing import Final

from modelassay.core.errors import ReadError
from modelassay.io.blob import Blob
from modelassay.io.cursor import Cursor

WASM: Final = b"\0asm\x01\0\0\0"
CLASS: Final = b"\xca\xfe\xba\xbe"
DEX: Final = b"dex\n"
#: Bytes behind the tag of each constant of a class; 1 is text with a length of its own.
_CONSTANTS: Final = {
    **dict.fromkeys((3, 4, 9, 10, 11, 12, 17, 18), 4),
    **dict.fromkeys((5, 6), 8),
    **dict.fromkeys((7, 8, 16, 19, 20), 2),
    15: 3,
}
_WIDE: Final = (5, 6)
_OLDEST_CLASS, _NEWEST_CLASS = 45, 99
#: The sections of a module in their order: data count and tags came later than their numbers say.
_SECTIONS: Final = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
_CUSTOM: Final = 0
_LONGEST_NAME: Final = 100
_MOST_SECTIONS: Final = 100_000
_DEX_HEADER: Final = 0x70
_CHUNK: Final = 1 << 20


def read_wasm(blob: Blob) -> int | None:
    """Return the bytes of the module that `blob` starts with, `None` if it is none."""
    if blob.head(len(WASM)) != WASM:
        return None
    cursor, last, end = Cursor(blob, len(WASM)), -1, len(WASM)
    for _ in range(_MOST_SECTIONS):
        try:
            kind, size = cursor.u8(), _leb128(cursor)
            if kind != _CUSTOM:
                order = _SECTIONS.index(kind)
                if order <= last:
                    break
                last = order
            if not 0 < size <= cursor.left or (kind == _CUSTOM and not _named(blob, cursor, size)):
                break
            cursor.skip(size)
        except (ReadError, ValueError):
            break
        end = cursor.position
    return end if last >= 0 else None


def _named(blob: Blob, cursor: Cursor, size: int) -> bool:
    """Whether a custom section starts with a name, as what follows a module hardly does."""
    inner = Cursor(blob, cursor.position)
    length = _leb128(inner)
    name = blob.read_at(inner.position, min(length, _LONGEST_NAME))
    return 0 < length < size and name.isascii() and name.decode().isprintable()


def _leb128(cursor: Cursor) -> int:
    value = 0
    for shift in range(0, 35, 7):
        byte = cursor.u8()
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise ReadError("a number has more than 32 bits", cursor.position)


def read_class(blob: Blob) -> int | None:
    """Return the bytes of the Java class that `blob` starts with, `None` if it is none."""
    if blob.head(4) != CLASS:
        return None
    cursor = Cursor(blob, 4)
    try:
        _, major, count = cursor.unpack(">HHH")
        if not _OLDEST_CLASS <= major <= _NEWEST_CLASS or not count:
            return None
        index = 1
        while index < count:
            tag = cursor.u8()
            cursor.skip(cursor.unpack(">H")[0] if tag == 1 else _CONSTANTS[tag])
            index += 2 if tag in _WIDE else 1
        _, this, _, interfaces = cursor.unpack(">HHHH")
        if not 0 < this < count:
            return None
        cursor.skip(2 * interfaces)
        for _ in range(2):
            _members(cursor)
        _attributes(cursor)
    except (ReadError, KeyError):
        return None
    return cursor.position


def _members(cursor: Cursor) -> None:
    for _ in range(cursor.unpack(">H")[0]):
        cursor.skip(6)
        _attributes(cursor)


def _attributes(cursor: Cursor) -> None:
    for _ in range(cursor.unpack(">H")[0]):
        cursor.skip(2)
        cursor.skip(cursor.unpack(">I")[0])


def read_dex(blob: Blob) -> int | None:
    """Return the bytes of the DEX file that `blob` starts with; its checksum has to hold."""
    head = blob.head(_DEX_HEADER)
    if len(head) < _DEX_HEADER or head[:4] != DEX or head[7] or not head[4:7].isdigit():
        return None
    size, header = (int.from_bytes(head[at : at + 4], "little") for at in (32, 36))
    if header < _DEX_HEADER or not header <= size <= blob.size:
        return None
    checksum = 1
    for offset in range(12, size, _CHUNK):
        checksum = zlib.adler32(blob.read_at(offset, min(_CHUNK, size - offset)), checksum)
    return size if checksum == int.from_bytes(head[8:12], "little") else None
