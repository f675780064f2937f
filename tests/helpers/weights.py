"""GGUF and safetensors files written by hand, so that any field can lie."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

PICKLE = b"\x80\x02cposix\nsystem\nq\x00X\x0a\x00\x00\x00echo inertq\x01\x85q\x02Rq\x03."
TENSOR = {"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}


def safetensors(header: object, data: bytes = bytes(16), length: int | None = None) -> bytes:
    """Return a file with this header, a text or what JSON makes of it."""
    text = header if isinstance(header, str) else json.dumps(header)
    raw = text.encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def entry(dtype: str, shape: Sequence[int], start: int, end: int) -> dict[str, object]:
    """Return the entry of a tensor."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


class Gguf:
    """Writes a GGUF file. `order` and `version` are those of all that is added."""

    def __init__(self, version: int = 3, order: str = "<") -> None:
        self.version = version
        self.order = order
        self.count = order + ("I" if version == 1 else "Q")
        self.pairs: list[bytes] = []
        self.tensors: list[bytes] = []
        self.data = b""
        self.alignment = 32

    def number(self, value: int) -> bytes:
        return struct.pack(self.count, value)

    def text(self, value: str | bytes, length: int | None = None) -> bytes:
        raw = value.encode() if isinstance(value, str) else value
        return self.number(len(raw) if length is None else length) + raw

    def u32(self, value: int) -> bytes:
        return struct.pack(self.order + "I", value)

    def pair(self, key: str, kind: int, value: bytes) -> Gguf:
        self.pairs.append(self.text(key) + self.u32(kind) + value)
        return self

    def string(self, key: str, value: str) -> Gguf:
        return self.pair(key, 8, self.text(value))

    def integer(self, key: str, value: int) -> Gguf:
        return self.pair(key, 4, self.u32(value))

    def array(self, key: str, kind: int, count: int, body: bytes) -> Gguf:
        return self.pair(key, 9, self.u32(kind) + self.number(count) + body)

    def tensor(
        self, name: str, shape: Sequence[int], kind: int = 0, offset: int = 0, data: bytes = b""
    ) -> Gguf:
        sides = b"".join(self.number(side) for side in shape)
        place = struct.pack(self.order + "Q", offset)
        self.tensors.append(self.text(name) + self.u32(len(shape)) + sides + self.u32(kind) + place)
        self.data += data
        return self

    def bytes(self, tensors: int | None = None, pairs: int | None = None) -> bytes:
        """Return the file; the counts may be said to be others."""
        head = b"GGUF" + self.u32(self.version)
        head += self.number(len(self.tensors) if tensors is None else tensors)
        head += self.number(len(self.pairs) if pairs is None else pairs)
        head += b"".join(self.pairs) + b"".join(self.tensors)
        return head + bytes(-len(head) % self.alignment) + self.data


def gguf() -> Gguf:
    """Return the beginning of an honest file."""
    return Gguf().string("general.architecture", "llama").string("general.name", "t")
