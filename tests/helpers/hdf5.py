"""HDF5 files written by hand, in the newest format, so that any field can lie."""

from __future__ import annotations

import struct

SIGNATURE = b"\x89HDF\r\n\x1a\n"
UNDEFINED = 2**64 - 1
ROOT = 48

FLOAT = bytes.fromhex("112000") + b"\x1f" + struct.pack("<IHHBBBBI", 4, 0, 32, 23, 8, 0, 23, 127)
BYTES = b"\x10\0\0\0" + struct.pack("<IHH", 1, 0, 8)


VARIABLE = b"\x19\0\0\0" + struct.pack("<I", 16) + BYTES


def text(size: int) -> bytes:
    """Return the type of fixed text."""
    return b"\x13\0\0\0" + struct.pack("<I", size)


def space(*shape: int) -> bytes:
    """Return a dataspace message's body."""
    return struct.pack("<4B", 2, len(shape), 0, 1 if shape else 0) + struct.pack(
        f"<{len(shape)}Q", *shape
    )


def attribute(name: str, type: bytes, shape: bytes, data: bytes) -> tuple[int, bytes]:
    """Return an attribute message."""
    raw = name.encode() + b"\0"
    sizes = struct.pack("<HHHB", len(raw), len(type), len(shape), 0)
    return 0x0C, b"\3\0" + sizes + raw + type + shape + data


def note(name: str, value: bytes) -> tuple[int, bytes]:
    """Return an attribute of fixed text."""
    return attribute(name, text(len(value)), space(), value)


def link(name: str, address: int) -> tuple[int, bytes]:
    """Return a hard link."""
    return 6, b"\1\0" + bytes([len(name)]) + name.encode() + struct.pack("<Q", address)


def other_link(name: str, type: int, value: bytes) -> tuple[int, bytes]:
    """Return a link of another type."""
    start = b"\1\x08" + bytes([type, len(name)]) + name.encode()
    return 6, start + struct.pack("<H", len(value)) + value


def external_link(name: str, file: str, path: str = "/p") -> tuple[int, bytes]:
    """Return a link into another file."""
    return other_link(name, 64, b"\0" + file.encode() + b"\0" + path.encode() + b"\0")


def contiguous(address: int, size: int) -> tuple[int, bytes]:
    """Return the layout of elements in one piece."""
    return 8, b"\3\1" + struct.pack("<QQ", address, size)


def dataset(type: bytes, shape: bytes, *more: tuple[int, bytes]) -> list[tuple[int, bytes]]:
    """Return the messages of a dataset."""
    return [(3, type), (1, shape), *more]


def filters(*steps: tuple[int, tuple[int, ...]]) -> tuple[int, bytes]:
    """Return a filter pipeline: numbers of filters and their settings."""
    body = bytes([2, len(steps)])
    for number, settings in steps:
        body += struct.pack(f"<HHH{len(settings)}I", number, 0, len(settings), *settings)
    return 0x0B, body


def header(messages: list[tuple[int, bytes]]) -> bytes:
    """Return an object header; its checksum is left out, nobody here minds it."""
    body = b"".join(struct.pack("<BHB", kind, len(data), 0) + data for kind, data in messages)
    return b"OHDR\2\2" + struct.pack("<I", len(body)) + body + bytes(4)


class Made:
    """A file that is put together piece by piece; the root group comes last."""

    def __init__(self) -> None:
        self._pieces = b""

    def add(self, data: bytes) -> int:
        """Add bytes and return their address."""
        address = ROOT + len(self._pieces)
        self._pieces += data
        return address

    def add_object(self, *messages: tuple[int, bytes]) -> int:
        """Add an object header and return its address."""
        return self.add(header(list(messages)))

    def add_chunk(self, data: bytes, count: int, width: int) -> tuple[int, bytes]:
        """Add one chunk of `count` elements with its index, and return the layout."""
        chunk = self.add(data)
        key = struct.pack("<II2Q", len(data), 0, 0, 0)
        last = struct.pack("<II2Q", 0, 0, count, 0)
        node = b"TREE\1\0" + struct.pack("<H2Q", 1, UNDEFINED, UNDEFINED)
        tree = self.add(node + key + struct.pack("<Q", chunk) + last)
        return 8, b"\3\2\2" + struct.pack("<QII", tree, count, width)

    def add_heap(self, data: bytes) -> int:
        """Add a collection of the global heap with one object, numbered 1."""
        inner = struct.pack("<HHIQ", 1, 1, 0, len(data)) + data + bytes(-len(data) % 8)
        return self.add(b"GCOL\1\0\0\0" + struct.pack("<Q", 16 + len(inner)) + inner)

    def finish(self, *messages: tuple[int, bytes], tail: bytes = b"") -> bytes:
        """Return the file with a root group of these messages."""
        root = self.add_object(*messages)
        end = ROOT + len(self._pieces)
        block = SIGNATURE + bytes([3, 8, 8, 0]) + struct.pack("<4Q", 0, UNDEFINED, end, root)
        return block + bytes(4) + self._pieces + tail
