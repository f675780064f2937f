"""Ways to write JSON, messages of protobuf, templates and GGUF anew that leave what they say."""

from __future__ import annotations

import json
import random
import re
import struct
from collections.abc import Callable
from typing import Any

Rewrite = Callable[[bytes, random.Random], bytes]


def json_text(data: bytes, chance: random.Random) -> bytes:
    """Write JSON with other white space, escapes, order of keys, doubled keys, a mark in front.

    Of keys that stand twice loaders take the last. Raises `ValueError` for what is none.
    """
    value = json.loads(data)
    if not isinstance(value, dict | list):
        raise ValueError("no document")
    made = _json(value, chance, chance.choice(("", "", " ", "\n\t")), chance.random())
    mark = chance.choice((b"", b"", b"\xef\xbb\xbf", b" \r\n"))
    return mark + made.encode()


def _json(value: Any, chance: random.Random, space: str, escaping: float) -> str:
    if isinstance(value, dict):
        items = list(value.items())
        chance.shuffle(items)
        parts = []
        for key, item in items:
            if chance.random() < 0.1:
                parts.append(f"{_text(key, chance, escaping)}:{space}null")
            inner = _json(item, chance, space, escaping)
            parts.append(f"{_text(key, chance, escaping)}{space}:{inner}")
        return "{" + f",{space}".join(parts) + space + "}"
    if isinstance(value, list):
        inside = f"{space},".join(_json(item, chance, space, escaping) for item in value)
        return f"[{space}{inside}]"
    return _text(value, chance, escaping) if isinstance(value, str) else json.dumps(value)


def _text(value: str, chance: random.Random, escaping: float) -> str:
    parts = []
    for character in value:
        if chance.random() < escaping and ord(character) < 0x10000:
            parts.append(f"\\u{ord(character):04{chance.choice('xX')}}")
        else:
            parts.append(json.dumps(character, ensure_ascii=chance.random() < 0.5)[1:-1])
    return '"' + "".join(parts) + '"'


def message(data: bytes, chance: random.Random) -> bytes:
    """Write a message with other order of fields, unknown fields, and numbers padded with zeros.

    Fields of one number keep their order. Raises `ValueError` for what is no message.
    """
    fields: dict[int, list[bytes]] = {}
    for number, kind, body in _fields(data):
        tag = _varint(number << 3 | kind, chance)
        length = _varint(len(body), chance) if kind == 2 else b""
        fields.setdefault(number, []).append(tag + length + body)
    pairs = [(number, part) for number, parts in fields.items() for part in parts]
    slots = [number for number, _ in pairs]
    chance.shuffle(slots)
    queues = {number: list(parts) for number, parts in fields.items()}
    out = b""
    for number in slots:
        out += queues[number].pop(0)
        if chance.random() < 0.2:
            out += _varint(900 << 3 | 2, chance) + b"\3abc"
    return out


def _fields(data: bytes) -> list[tuple[int, int, bytes]]:
    found, at = [], 0
    while at < len(data):
        tag, at = _read(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            start = at
            _, at = _read(data, at)
            body = data[start:at]
        else:
            size = {1: 8, 5: 4}.get(kind)
            if size is None:
                if kind != 2:
                    raise ValueError("no message")
                size, at = _read(data, at)
            body = data[at : at + size]
            at += size
        if number == 0 or at > len(data):
            raise ValueError("no message")
        found.append((number, kind, body))
    if not found:
        raise ValueError("no message")
    return found


def _read(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("no message")
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        shift += 7
        if byte < 128:
            return value, at


def _varint(value: int, chance: random.Random) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    for _ in range(chance.choice((0, 0, 1, 2))):
        if len(out) < 5:
            out[-1] |= 128
            out.append(0)
    return bytes(out)


_ATTRIBUTE = re.compile(r"\.(__\w+__|\w+)")
_TAG = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)


def template(data: bytes, chance: random.Random) -> bytes:
    """Write a Jinja template with attributes by subscript, filter or concatenation, comments.

    Raises `ValueError` for what has no expressions.
    """
    text = data.decode()
    if "\0" in text or "__" not in text or not _TAG.search(text):
        raise ValueError("no template")

    def spelled(found: re.Match[str]) -> str:
        name = found[1]
        if not name.startswith("__") or chance.random() < 0.2:
            return found[0]
        cut = chance.randrange(1, len(name))
        quote = chance.choice("'\"")
        whole = f"{quote}{name}{quote}"
        halves = f"{quote}{name[:cut]}{quote} {chance.choice('~+')} {quote}{name[cut:]}{quote}"
        coded = quote + "".join(f"\\x{ord(c):02x}" for c in name) + quote
        chosen = chance.choice((whole, halves, coded))
        return chance.choice((f"[{chosen}]", f"|attr({chosen})"))

    def tag(found: re.Match[str]) -> str:
        inner = _ATTRIBUTE.sub(spelled, found[1])
        space = chance.choice(("", " ", "\n", "\t "))
        trim = chance.choice(("", "-"))
        return f"{{{{{trim}{space or ' '}{inner}{space}{' ' if not space else ''}{trim}}}}}"

    made = _TAG.sub(tag, text)
    if chance.random() < 0.5:
        made = "{# words #}" + made
    if chance.random() < 0.3:
        made = "{% if true %}" + made + "{% endif %}"
    return made.encode()


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
    made = _json(value, random.Random(chance.random()), "", chance.choice((0.0, 0.3, 1.0)))
    if '"null' in made or ":null" in made:
        made = json.dumps(value)
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
    "gguf": gguf,
    "safetensors": safetensors,
    "user block": userblock,
}
