"""Ways to write GGUF, safetensors and HDF5 anew, and all ways for bytes that are no pickles."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable

from evals.mutations.messages import message
from evals.mutations.texts import json_of, json_text, template, yaml_text

Rewrite = Callable[[bytes, random.Random], bytes]


def gguf(data: bytes, chance: random.Random) -> bytes:
    """Write a GGUF file of version 2 or 3 with more pairs, in front or behind.

    Raises `ValueError` for what is none.
    """
    if data[:4] != b"GGUF" or len(data) < 24:
        raise ValueError("no GGUF")
    version, tensors, pairs = struct.unpack_from("<IQQ", data, 4)
    if version not in (2, 3) or tensors or pairs > 1 << 20:
        raise ValueError("its tensors would move")
    more = b""
    count = chance.choice((1, 2, 30))
    for n in range(count):
        key = f"words.{n}".encode()
        more += struct.pack("<Q", len(key)) + key
        more += chance.choice(
            (struct.pack("<II", 4, n), struct.pack("<IQ", 8, 3) + b"abc", struct.pack("<IB", 7, 1))
        )
    head = b"GGUF" + struct.pack("<IQQ", chance.choice((2, 3)), tensors, pairs + count)
    return head + more + data[24:]


def safetensors(data: bytes, chance: random.Random) -> bytes:
    """Write the header of a safetensors file anew. Raises `ValueError` for what is none."""
    if len(data) < 10 or data[8:9] != b"{":
        raise ValueError("no safetensors")
    (size,) = struct.unpack_from("<Q", data)
    header = data[8 : 8 + size]
    value = json.loads(header)
    made = json_of(value, chance, "", chance.choice((0.0, 0.3, 1.0)), doubled=0.0)
    raw = made.encode() + b" " * chance.choice((0, 1, 8, 4000))
    return struct.pack("<Q", len(raw)) + raw + data[8 + size :]


def userblock(data: bytes, chance: random.Random) -> bytes:
    """Put a user block in front of HDF5. Raises `ValueError` for what is none."""
    if not data.startswith(b"\x89HDF\r\n\x1a\n"):
        raise ValueError("no HDF5")
    return bytes(chance.choice((512, 1024, 2048))) + data


REWRITES: dict[str, Rewrite] = {
    "json": json_text,
    "message": message,
    "template": template,
    "yaml": yaml_text,
    "gguf": gguf,
    "safetensors": safetensors,
    "user block": userblock,
}
