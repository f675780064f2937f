"""Ways to write messages of protobuf anew that leave what they say (protobuf.dev, Encoding).

How messages lie in messages is known of ONNX and TensorFlow; of others only the outermost fields
are moved. Fields of one number keep their order. Of a field that stands twice and should not the
last counts, or, of messages, both are taken together.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from modelassay.formats import BY_ID
from modelassay.io.blob import Memory


@dataclass(frozen=True)
class Shape:
    """What lies in a message: by number others, and texts that stand once, with a decoy for each.

    `once` tells whether the message itself stands once in what it is in.
    """

    inner: dict[int, Shape] = field(default_factory=dict)
    decoys: dict[int, bytes] = field(default_factory=dict)
    once: bool = False


_ENTRY = Shape(decoys={1: b"words", 2: b"words"})
_TENSOR = Shape({13: _ENTRY}, once=True)
_GRAPH = Shape({5: Shape({13: _ENTRY})}, {2: b"words"}, once=True)
_NODE = Shape(
    {5: Shape({5: _TENSOR, 6: _GRAPH}, {1: b"words", 4: b"words"})}, {4: b"Identity", 7: b""}
)
_GRAPH.inner[1] = _NODE
_FUNCTION = Shape({7: _NODE}, {1: b"words", 10: b"words"})
_ONNX = Shape({7: _GRAPH, 8: Shape(decoys={1: b"words"}), 14: _ENTRY, 25: _FUNCTION})
_ATTRIBUTE = Shape({2: Shape(decoys={2: b"words"}, once=True)}, {1: b"words"})
_NODE_DEF = Shape({5: _ATTRIBUTE}, {1: b"words", 2: b"NoOp"})
_LIBRARY = Shape({1: Shape({3: _NODE_DEF})}, once=True)
_GRAPH_DEF = Shape({1: _NODE_DEF, 2: _LIBRARY}, once=True)
_SAVED_MODEL = Shape({2: Shape({2: _GRAPH_DEF})})


def message(data: bytes, chance: random.Random) -> bytes:
    """Write a message with other order of fields, unknown ones, decoys, parts, padded numbers.

    Raises `ValueError` for what is no message.
    """
    fields = _fields(data)
    if not fields:
        raise ValueError("no message")
    shape = Shape()
    if _is("onnx", data):
        shape = _ONNX
    elif _is("tensorflow", data):
        shape = _SAVED_MODEL if fields[0][:2] == (1, 0) else _GRAPH_DEF
    return _written(fields, shape, chance)


def _is(format: str, data: bytes) -> bool:
    return bool(BY_ID[format].load().identify(Memory(data)))


def _written(fields: list[tuple[int, int, bytes]], shape: Shape, chance: random.Random) -> bytes:
    queues: dict[int, list[bytes]] = {}
    for number, kind, body in fields:
        bodies = _bodies(number, body, shape, chance) if kind == 2 else [body]
        queues.setdefault(number, []).extend(_field(number, kind, one, chance) for one in bodies)
    slots = [number for number, parts in queues.items() for _ in parts]
    chance.shuffle(slots)
    out = b""
    for number in slots:
        out += queues[number].pop(0)
        if chance.random() < 0.1:
            out += _field(900, 2, b"abc", chance)
    return out


def _bodies(number: int, body: bytes, shape: Shape, chance: random.Random) -> list[bytes]:
    """Return the bodies to write for one."""
    if number in shape.decoys and chance.random() < 0.3:
        return [shape.decoys[number], body]
    inner = shape.inner.get(number)
    if inner is None:
        return [body]
    fields = _fields(body)
    cut = chance.randrange(len(fields) + 1) if inner.once and chance.random() < 0.5 else 0
    parts = (fields[:cut], fields[cut:]) if cut else (fields,)
    return [_written(part, inner, chance) for part in parts]


def _field(number: int, kind: int, body: bytes, chance: random.Random) -> bytes:
    length = _varint(len(body), chance) if kind == 2 else b""
    return _varint(number << 3 | kind, chance) + length + body


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
