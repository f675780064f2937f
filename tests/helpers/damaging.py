"""Bytes damaged at a few places, as by a bad disk or by somebody who tries."""

from __future__ import annotations

import io
import random
import warnings
import zipfile
from collections.abc import Sequence

_WORDS = (
    *(b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80"),
    *(b"PK\3\4", b"PK\1\2", b"\x80\x04", b"cos\nsystem\n", b"\x93NUMPY", b"GGUF", b"{", b"[", b'"'),
)


def damaged(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one of `seeds`, changed at a few places, cut, or spliced with another."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(7)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        elif kind == 1 and data:
            data[at % len(data)] = chance.randrange(256)
        elif kind == 2:
            data[at:at] = chance.choice(_WORDS)
        elif kind == 3:
            del data[at : at + chance.choice((1, 2, 4, 16))]
        elif kind == 4:
            word = chance.choice(_WORDS)
            data[at : at + len(word)] = word
        elif kind == 5:
            other = chance.choice(seeds)
            start = chance.randrange(len(other) + 1)
            data[at:at] = other[start : start + chance.randrange(64)]
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


def damaged_archive(data: bytes, chance: random.Random) -> bytes:
    """Return a zip whose members are those of `data`, one of them damaged, its checksums right."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        members = [(info, old.read(info)) for info in old.infolist()]
        hit = chance.randrange(len(members))
        extra = chance.random()
        if extra < 0.1:
            members.append(members[hit])
        elif extra < 0.2:
            chance.shuffle(members)
            hit = -1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, (info, body) in enumerate(members):
                kept = damaged([body], chance) if number == hit else body
                how = zipfile.ZIP_DEFLATED if chance.random() < 0.1 else info.compress_type
                new.writestr(info.filename, kept, how)
    return buffer.getvalue()
