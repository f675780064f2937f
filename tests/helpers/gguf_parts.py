"""Real GGUF files, taken apart as far as it takes to put something into them."""

from __future__ import annotations

import struct

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_ALIGNMENT = 32


def _value(data: bytes, at: int, kind: int) -> int:
    """Return the place behind a value."""
    if kind == 8:
        return at + 8 + int(struct.unpack_from("<Q", data, at)[0])
    if kind == 9:
        inner, count = struct.unpack_from("<IQ", data, at)
        at += 12
        for _ in range(count):
            at = _value(data, at, inner)
        return at
    return at + _SIZES[kind]


def _parts(data: bytes) -> tuple[int, list[int], int]:
    """Return where the tensors are told, where each is told to lie, and where the data starts."""
    tensors, pairs = struct.unpack_from("<2Q", data, 8)
    at = 24
    for _ in range(pairs):
        at += 8 + int(struct.unpack_from("<Q", data, at)[0])
        at = _value(data, at + 4, struct.unpack_from("<I", data, at)[0])
    told, places = at, []
    for _ in range(tensors):
        at += 8 + int(struct.unpack_from("<Q", data, at)[0])
        at += 8 + 8 * int(struct.unpack_from("<I", data, at)[0])
        places.append(at)
        at += 8
    return told, places, at + -at % _ALIGNMENT


def noted(data: bytes, text: bytes) -> bytes:
    """Return a file with one more pair, whose value is `text`."""
    told, places, start = _parts(data)
    (count,) = struct.unpack_from("<Q", data, 16)
    pair = struct.pack("<Q", 4) + b"note" + struct.pack("<IQ", 8, len(text)) + text
    end = places[-1] + 8 if places else told
    head = data[:16] + struct.pack("<Q", count + 1) + data[24:told] + pair + data[told:end]
    return head + bytes(-len(head) % _ALIGNMENT) + data[start:]


def apart(data: bytes, payload: bytes) -> bytes | None:
    """Return a file whose first tensor stands behind `payload`."""
    _, places, start = _parts(data)
    if not places:
        return None
    gap = payload + bytes(-len(payload) % _ALIGNMENT)
    made = bytearray(data)
    for place in places:
        (old,) = struct.unpack_from("<Q", data, place)
        struct.pack_into("<Q", made, place, old + len(gap))
    return bytes(made[:start]) + gap + data[start:]
